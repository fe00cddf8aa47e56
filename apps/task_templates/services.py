"""The only writers of task templates."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from django.db import transaction

from apps.accounts.models import User
from apps.core.bulk import update_rows
from apps.core.deletion import Batch
from apps.core.errors import DomainError, ErrorCode, FieldError, NotFoundError
from apps.core.services import check_version, write_fields
from apps.repositories.choices import MemberRole
from apps.repositories.deletion import (
    delete_record,
    purge_record,
    require_change,
    restore_record,
)
from apps.repositories.models import Repository

from .definition import Definition, read_definition
from .models import OUTCOME_COLUMNS, TaskTemplate

MOST_NAMED = 5


@transaction.atomic
def create_template(
    *, actor: User, repository: Repository | None, values: Mapping[str, Any]
) -> TaskTemplate:
    """A new template of `repository`, or (without one) for all: that is a superuser's.

    Raises `DomainError`: `permission_denied`, `repository_archived`, `already_exists` (the name),
    `invalid_template` with a pointer to each fault of the steps and variables.
    """
    require_change(repository, actor, MemberRole.CONTRIBUTOR)
    definition = _checked(values.get("tasks", []), values.get("variables", {}))
    template: TaskTemplate = TaskTemplate.objects.create(
        repository=repository,
        **{**values, "tasks": definition.tasks, "variables": definition.variables},
    )
    template.refresh_from_db()
    return template


@transaction.atomic
def update_template(
    *,
    actor: User,
    template: TaskTemplate,
    changes: Mapping[str, Any],
    expected_version: int | None = None,
) -> TaskTemplate:
    """Apply `changes` to a live template. Other steps or variables make its next version; the
    instances that there are keep theirs.

    Raises `DomainError`: `not_found` when it was deleted meanwhile, `stale_version`, and as
    `create_template`.
    """
    locked: TaskTemplate | None = (
        TaskTemplate.objects.select_related("repository")
        .select_for_update(of=("self",), no_key=True)
        .filter(pk=template.pk)
        .first()
    )
    if locked is None:
        raise NotFoundError("The template does not exist (any more).")
    require_change(locked.repository, actor, MemberRole.CONTRIBUTOR)
    check_version(locked, expected_version)
    if changes.keys() & {"tasks", "variables"}:
        definition = _checked(
            changes.get("tasks", locked.tasks), changes.get("variables", locked.variables)
        )
        changes = {**changes, "tasks": definition.tasks, "variables": definition.variables}
    return write_fields(locked, changes)


def _checked(tasks: Any, variables: Any) -> Definition:
    found = read_definition(tasks, variables)
    if isinstance(found, Definition):
        return found
    raise invalid_template(found)


def invalid_template(errors: Sequence[FieldError]) -> DomainError:
    """The error that names these faults, the first of them in words."""
    named = "; ".join(f"{error.pointer} {error.detail}" for error in errors[:MOST_NAMED])
    more = f"; and {len(errors) - MOST_NAMED} more" if len(errors) > MOST_NAMED else ""
    return DomainError(ErrorCode.INVALID_TEMPLATE, f"{named}{more}.", list(errors))


@transaction.atomic
def set_outcomes(outcomes: Mapping[UUID, Mapping[str, Any]]) -> int:
    """Write the figures of templates (`OUTCOME_COLUMNS`), which make no version; how many differ.

    Only what differs is written, and only then the time of it.
    """
    templates = TaskTemplate.all_objects.filter(pk__in=outcomes)
    held = list(templates.select_for_update(no_key=True).order_by("pk").only(*OUTCOME_COLUMNS))
    changed = {
        template.pk: outcomes[template.pk]
        for template in held
        if any(
            getattr(template, name) != value
            for name, value in outcomes[template.pk].items()
            if name != "outcomes_at"
        )
    }
    update_rows(TaskTemplate, changed)
    return len(changed)


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
