"""Deleting tasks with all that stands below them, and bringing them back."""

from __future__ import annotations

from apps.accounts.models import User
from apps.core.deletion import Batch
from apps.repositories.deletion import delete_record, purge_record, restore_record

from .models import Task


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
