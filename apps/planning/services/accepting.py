"""What accepting a suggestion makes of it: a new task, or the one that is there."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from apps.accounts.models import User
from apps.core.errors import DomainError, ErrorCode, InvalidInputError, NotFoundError
from apps.planning.models import Suggestion, TemplateInstance, TemplateInstanceTask
from apps.tasks.links import Links
from apps.tasks.models import Task
from apps.tasks.services import create_task
from apps.tasks.session_ids import usable_session_id

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
    instance = _lock_instance(suggestion)
    # Asked for in a session of somebody else that goes on: who accepts it does not work there.
    session_id = usable_session_id(actor, suggestion.repository, suggestion.session_id)
    task = create_task(
        actor=actor,
        links=_links(suggestion),
        repository=suggestion.repository,
        values={
            "content": suggestion.content,
            **values,
            **changes,
            "session_id": session_id,
            "ai_suggested": True,
            "pattern_id": suggestion.pattern_id,
            "template_id": suggestion.template_id,
            "parent_task": parent,
        },
    )
    if instance is not None:
        _link_step(suggestion, instance, task)
    return task


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


def _links(suggestion: Suggestion) -> Links:
    """What the task waits for, of that which is still there."""
    wanted = suggestion.values.get("depends_on")
    if not wanted:
        return Links()
    tasks = Task.objects.filter(pk__in=wanted, repository=suggestion.repository_id)
    return Links(dependencies=list(tasks.order_by("pk").values_list("pk", flat=True)))


def _lock_instance(suggestion: Suggestion) -> TemplateInstance | None:
    """The template's instance of which the suggestion is a step; its steps come one at a time."""
    step = suggestion.values.get("step")
    if step is None:
        return None
    instance: TemplateInstance | None = (
        TemplateInstance.objects.select_for_update(no_key=True)
        .filter(pk=step["instance_id"], repository=suggestion.repository_id)
        .first()
    )
    if instance is not None and _live_step(instance, step["key"]):
        raise DomainError(
            ErrorCode.CONFLICT,
            f"The step {step['key']!r} of the instance has a task by now: reject the suggestion.",
        )
    return instance


def _live_step(instance: TemplateInstance, key: str) -> bool:
    row = TemplateInstanceTask.objects.filter(instance=instance, key=key).first()
    return row is not None and Task.objects.filter(pk=row.task_id).exists()


def _link_step(suggestion: Suggestion, instance: TemplateInstance, task: Task) -> None:
    """The new task stands for the step from now on."""
    step = suggestion.values["step"]
    row = TemplateInstanceTask.objects.filter(instance=instance, key=step["key"]).first()
    if row is None:
        row = TemplateInstanceTask(instance=instance, key=step["key"], position=step["position"])
    row.task = task
    row.save()


def _parent(suggestion: Suggestion) -> Task | None:
    """The parent that was meant, if it is live and open: nothing is hung below closed work."""
    parent_id = suggestion.values.get("parent_task_id")
    if parent_id is None:
        return None
    found: Task | None = (
        Task.objects.open().filter(pk=parent_id, repository=suggestion.repository_id).first()
    )
    return found
