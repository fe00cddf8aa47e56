"""History in the console: `RecordAdmin` for tracked records, `EventAdmin` for lists of events."""

from .events import EventAdmin
from .records import RecordAdmin

__all__ = ["EventAdmin", "RecordAdmin"]
