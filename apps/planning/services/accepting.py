"""What accepting a suggestion makes of it: a new task, or the one that is there."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from apps.accounts.models import User
from apps.core.errors import InvalidInputError, NotFoundError
from apps.planning.models import Suggestion
from apps.tasks.models import Task
from apps.tasks.services import create_task

# What a suggestion may say of the task to be, beside its content.
TASK_VALUES = (
    "details",
    "priority",
    "complexity",
    "estimated_minutes",
    "tags",
    "acceptance_criteria",
)


def create_suggested_task(actor: User, suggestion: Suggestion, changes: Mapping[str, Any]) -> Task:
    """The task that `suggestion` describes, with `changes`. Under the graph's lock."""
    values = {name: suggestion.values[name] for name in TASK_VALUES if name in suggestion.values}
    parent = _parent(suggestion)
    return create_task(
        actor=actor,
        repository=suggestion.repository,
        values={
            "content": suggestion.content,
            **values,
            **changes,
            "session_id": suggestion.session_id,
            "ai_suggested": True,
            "pattern_id": suggestion.pattern_id,
            "template_id": suggestion.template_id,
            "parent_task": parent,
        },
    )


def existing_task(suggestion: Suggestion, changes: Mapping[str, Any]) -> Task:
    """The task that `suggestion` is about, as it is."""
    for name in changes:
        raise InvalidInputError(
            f"/{name}",
            "The suggestion is of a task that is there, which accepting does not change:"
            " change the task itself.",
        )
    key = suggestion.task_id
    task: Task | None = Task.objects.filter(pk=key).first() if key else None
    if task is None:
        raise NotFoundError("The task of the suggestion was deleted: reject the suggestion.")
    return task


def _parent(suggestion: Suggestion) -> Task | None:
    """The parent that was meant, if it is live and open: nothing is hung below closed work."""
    parent_id = suggestion.values.get("parent_task_id")
    if parent_id is None:
        return None
    found: Task | None = (
        Task.objects.open().filter(pk=parent_id, repository=suggestion.repository_id).first()
    )
    return found
