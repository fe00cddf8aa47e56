"""Tasks, their claims and their history in the console."""

from .claims import TaskClaimAdmin, TaskClaimEventAdmin
from .events import TaskEventAdmin
from .tasks import TaskAdmin

__all__ = ["TaskAdmin", "TaskClaimAdmin", "TaskClaimEventAdmin", "TaskEventAdmin"]
