"""By when a task should be begun: the part of the queue's order that an index can keep."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.db import models

from .choices import TaskPriority

# How long a task may wait for its beginning, by priority. The function `task_act_by` of the
# database says the same (a test compares): another table needs another function and index.
PATIENCE = {
    TaskPriority.HIGH.value: timedelta(hours=24),
    TaskPriority.MEDIUM.value: timedelta(hours=168),
    TaskPriority.LOW.value: timedelta(hours=720),
}


class ActBy(models.Func):
    """`task_act_by(id, priority, due_at)`: the due date, or the end of the priority's patience
    since the task was created, whichever comes first; immutable.

    So old work of low priority comes forward by itself, and nothing waits for ever.
    """

    function = "task_act_by"
    output_field: Any = models.DateTimeField()

    def __init__(self) -> None:
        super().__init__("id", "priority", "due_at")

    def deconstruct(self) -> tuple[str, tuple[Any, ...], dict[str, Any]]:
        """Without arguments, as it is made."""
        return f"{self.__module__}.{type(self).__name__}", (), {}
