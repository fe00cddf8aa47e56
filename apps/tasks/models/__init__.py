"""Tasks and what stands beside them."""

from .links import (
    TaskClaim,
    TaskClaimEvent,
    TaskDependency,
    TaskDependencyEvent,
    TaskExternalKey,
    TaskExternalKeyEvent,
)
from .task import LONGEST_TAG, MOST_MINUTES, MOST_TAGS, Task, TaskEvent

__all__ = [
    "LONGEST_TAG",
    "MOST_MINUTES",
    "MOST_TAGS",
    "Task",
    "TaskClaim",
    "TaskClaimEvent",
    "TaskDependency",
    "TaskDependencyEvent",
    "TaskEvent",
    "TaskExternalKey",
    "TaskExternalKeyEvent",
]
