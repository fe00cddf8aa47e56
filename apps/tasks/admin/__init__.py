"""Tasks and their history in the console."""

from .events import TaskEventAdmin
from .tasks import TaskAdmin

__all__ = ["TaskAdmin", "TaskEventAdmin"]
