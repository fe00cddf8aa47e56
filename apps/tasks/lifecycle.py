"""The moves between a task's statuses: the one table that Python and the trigger share."""

from __future__ import annotations

from collections.abc import Mapping

from .choices import TaskStatus

TRANSITIONS: Mapping[str, frozenset[str]] = {
    TaskStatus.PENDING.value: frozenset(
        {
            TaskStatus.IN_PROGRESS.value,
            TaskStatus.COMPLETED.value,
            TaskStatus.CANCELLED.value,
        }
    ),
    TaskStatus.IN_PROGRESS.value: frozenset(
        {
            TaskStatus.PENDING.value,
            TaskStatus.COMPLETED.value,
            TaskStatus.CANCELLED.value,
        }
    ),
    TaskStatus.COMPLETED.value: frozenset({TaskStatus.IN_PROGRESS.value}),
    TaskStatus.CANCELLED.value: frozenset({TaskStatus.PENDING.value}),
}

# Work that is still to be done. The others are closed.
OPEN = (TaskStatus.PENDING.value, TaskStatus.IN_PROGRESS.value)


def can_move(before: str, after: str) -> bool:
    """Whether a task may go from `before` to `after`; the same status again is no change."""
    return before == after or after in TRANSITIONS[before]
