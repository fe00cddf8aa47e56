"""Tasks and what stands beside them."""

from .links import (
    TaskClaim,
    TaskClaimEvent,
    TaskDependency,
    TaskDependencyEvent,
    TaskExternalKey,
    TaskExternalKeyEvent,
)
from .paths import MOST_KEPT, CriticalPath
from .task import LONGEST_TAG, MOST_MINUTES, MOST_TAGS, Task, TaskEvent

__all__ = [
    "LONGEST_TAG",
    "MOST_KEPT",
    "MOST_MINUTES",
    "MOST_TAGS",
    "CriticalPath",
    "Task",
    "TaskClaim",
    "TaskClaimEvent",
    "TaskDependency",
    "TaskDependencyEvent",
    "TaskEvent",
    "TaskExternalKey",
    "TaskExternalKeyEvent",
]
