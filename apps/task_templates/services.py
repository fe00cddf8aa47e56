"""The only writers of task templates."""

from __future__ import annotations

from apps.accounts.models import User
from apps.core.deletion import Batch
from apps.repositories.deletion import delete_record, purge_record, restore_record

from .models import TaskTemplate


def delete_template(
    *, actor: User, template: TaskTemplate, expected_version: int | None = None
) -> Batch:
    """Hide a live template; tasks that were made from it keep naming it. Its name is free again.

    Raises as `repositories.deletion.delete_record`; one for all repositories is a superuser's.
    """
    return delete_record(actor=actor, record=template, expected_version=expected_version)


def restore_template(
    *, actor: User, template: TaskTemplate, expected_version: int | None = None
) -> Batch:
    """Bring back a deleted template. Raises as `repositories.deletion.restore_record`."""
    return restore_record(actor=actor, record=template, expected_version=expected_version)


def purge_template(*, actor: User, template: TaskTemplate) -> dict[str, int]:
    """Delete a deleted template for good; the rows by table.

    Raises as `repositories.deletion.purge_record`.
    """
    return purge_record(actor=actor, record=template)
