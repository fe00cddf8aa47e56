"""Deleting tasks with all that stands below them, and bringing them back."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from apps.accounts.models import User
from apps.core.deletion import Batch, Records
from apps.repositories.deletion import delete_record, purge_record, restore_record
from apps.repositories.models import Repository

from .choices import DependencyKind
from .models import Task, TaskDependency
from .querysets import blocking_statuses


def delete_task(*, actor: User, task: Task, expected_version: int | None = None) -> Batch:
    """Hide a live task and the live tasks below it; rows, history and what refers to them stay.

    Raises as `repositories.deletion.delete_record`.
    """
    return delete_record(actor=actor, record=task, expected_version=expected_version)


def restore_task(*, actor: User, task: Task, expected_version: int | None = None) -> Batch:
    """Bring back a deleted task and everything that was deleted in the same batch with it.

    Raises as `repositories.deletion.restore_record`.
    """
    return restore_record(actor=actor, record=task, expected_version=expected_version)


def purge_task(*, actor: User, task: Task) -> dict[str, int]:
    """Delete for good what was deleted in a task's batch; the rows by table.

    Raises as `repositories.deletion.purge_record`.
    """
    return purge_record(actor=actor, record=task)


def waiting_tasks(records: Records) -> tuple[Any, Sequence[UUID]]:
    """The live open tasks outside `records` that wait for a task in it, be that live or deleted."""
    inside = records.get(Task, ())
    if not inside:
        return Task, ()
    repository = Repository.objects.get(tasks=inside[0])  # all of them are of one
    blockers = Task.all_objects.filter(pk__in=inside, status__in=blocking_statuses(repository))
    links = TaskDependency.objects.filter(
        kind=DependencyKind.BLOCKS, depends_on__in=list(blockers.values_list("pk", flat=True))
    )
    outside = set(links.values_list("task_id", flat=True)).difference(inside)
    waiting = Task.objects.open().filter(pk__in=outside).order_by("pk")
    return Task, list(waiting.values_list("pk", flat=True))
