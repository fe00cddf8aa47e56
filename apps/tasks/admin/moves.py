"""The moves of a task through its statuses: a dialog with a reason for each."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.http import HttpRequest

from apps.core.admin import record_action
from apps.tasks.choices import TaskStatus
from apps.tasks.lifecycle import OPEN, TRANSITIONS
from apps.tasks.models import Task
from apps.tasks.services import update_task


@dataclass(frozen=True, slots=True)
class Move:
    """An action that brings an open task to a status, or a closed one back (`reopens`)."""

    status: TaskStatus
    verb: str
    icon: str
    remark: str = ""
    reopens: bool = False

    def suits(self, status: str) -> bool:
        """Whether a task of `status` is offered it."""
        return self.status in TRANSITIONS[status] and (status not in OPEN) is self.reopens


MOVES = {
    "start": Move(TaskStatus.IN_PROGRESS, "Start", "play_arrow"),
    "complete": Move(TaskStatus.COMPLETED, "Complete", "check_circle", "The time is kept."),
    "put_back": Move(TaskStatus.PENDING, "Put back", "undo"),
    "cancel": Move(TaskStatus.CANCELLED, "Cancel", "block", "It can be reopened."),
    "resume": Move(TaskStatus.IN_PROGRESS, "Reopen", "replay", reopens=True),
    "revive": Move(TaskStatus.PENDING, "Reopen", "replay", reopens=True),
}


def move_action(name: str) -> Any:
    """The dialog and the write of the move `name`, for the admin's attribute of that name."""
    move = MOVES[name]

    def write(admin: Any, request: HttpRequest, task: Any, form: Any) -> str:
        moved = update_task(actor=request.user, task=task, changes={"status": move.status})  # type: ignore[arg-type]
        warn(request, moved)
        return f"The task is {move.status.label.lower()} now."

    write.__name__ = name
    return record_action(
        label=f"{move.verb}…",
        icon=move.icon,
        title=f"{move.verb} this task?",
        text=f"Its status becomes “{move.status.label}”. {move.remark}".strip(),
        submit=f"{move.verb} the task",  # “Cancel” alone closes a dialog
    )(write)


def warn(request: HttpRequest, task: Task) -> None:
    """Show what a write of the task warned of."""
    for warning in task.warnings:
        messages.warning(request, warning)
