"""Deleting, restoring and purging a repository's records: the rights, around `core.deletion`.

What each app offers of it is in its own services.
"""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.db import transaction

from apps.accounts.models import User
from apps.core import deletion
from apps.core.errors import DomainError, ErrorCode, NotFoundError
from apps.core.services import check_version

from .choices import MemberRole
from .models import Repository
from .visibility import require_active, require_role


@transaction.atomic
def delete_record(
    *, actor: User, record: Any, expected_version: int | None = None
) -> deletion.Batch:
    """Delete a live record and what goes along with it.

    Raises `DomainError`: `not_found` when it was deleted meanwhile, `permission_denied`,
    `repository_archived`, `stale_version`.
    """
    deletion.lock_deletions(record.repository_id)
    current = _lock(type(record).objects, record)
    require_change(current.repository, actor, MemberRole.CONTRIBUTOR)
    check_version(current, expected_version)
    return deletion.delete_batch(current, actor)


@transaction.atomic
def restore_record(
    *, actor: User, record: Any, expected_version: int | None = None
) -> deletion.Batch:
    """Bring back a deleted record with all that was deleted in the same batch.

    Raises `DomainError`: `not_found` when it was purged meanwhile, `conflict` when it is not
    deleted, `already_exists` when a live record has its place by now, and as `delete_record`.
    """
    deletion.lock_deletions(record.repository_id)
    current = _lock(type(record).all_objects, record)
    require_change(current.repository, actor, MemberRole.CONTRIBUTOR)
    check_version(current, expected_version)
    return deletion.restore_batch(_batch_of(current))


@transaction.atomic
def purge_record(*, actor: User, record: Any) -> dict[str, int]:
    """Delete a deleted record's batch for good; the rows by table.

    Needs the permission `purge_…` of every kind of record in the batch, and the role of a
    maintainer. Raises `DomainError`: `permission_denied`, `repository_archived`, `not_found`,
    `conflict` when it is not deleted, or not for long enough (the database's own rule).
    """
    deletion.lock_deletions(record.repository_id)
    current = _lock(type(record).all_objects, record)
    require_change(current.repository, actor, MemberRole.MAINTAINER)
    return _purge(actor, _batch_of(current))


@transaction.atomic
def restore_deletion(*, actor: User, batch: UUID) -> deletion.Batch:
    """Bring back exactly what the deletion `batch` took along.

    Raises `DomainError`: `not_found` when nothing of it is deleted any more, and as
    `restore_record`.
    """
    require_change(_lock_deletion(batch), actor, MemberRole.CONTRIBUTOR)
    return deletion.restore_batch(batch)


@transaction.atomic
def purge_deletion(*, actor: User, batch: UUID) -> dict[str, int]:
    """Delete for good what the deletion `batch` took along; the rows by table.

    Raises `DomainError` as `purge_record`, and `not_found` when nothing of it is left.
    """
    require_change(_lock_deletion(batch), actor, MemberRole.MAINTAINER)
    return _purge(actor, batch)


def may_purge(actor: Any, model: Any) -> bool:
    """Whether `actor` has the permission to delete rows of `model` for good."""
    return bool(actor.has_perm(f"{model._meta.app_label}.purge_{model._meta.model_name}"))


def require_change(repository: Repository | None, actor: User, role: MemberRole) -> None:
    """Raise `DomainError` unless `actor` may change records of `repository`.

    What belongs to none is a superuser's.
    """
    if repository is not None:
        require_role(repository, actor, role)
        require_active(repository)
    elif not actor.is_superuser:
        raise DomainError(
            ErrorCode.PERMISSION_DENIED, "It belongs to no repository: ask an administrator."
        )


def _lock(rows: Any, record: Any) -> Any:
    model = type(record)
    found = (
        rows.select_related("repository")
        .only("repository", "version", "deleted_at", "deletion_batch", *model.label_fields)
        .select_for_update(of=("self",), no_key=True)
        .filter(pk=record.pk)
        .first()
    )
    if found is None:
        raise NotFoundError(f"The {model._meta.verbose_name} does not exist (any more).")
    return found


def _lock_deletion(batch: UUID) -> Repository | None:
    """Keep other writers of the deletion's repository out; return the repository."""
    for model in deletion.soft_deleted_models():
        rows = model.all_objects.filter(deletion_batch=batch).select_related("repository")
        row = rows.only("repository").first()
        if row is not None:
            deletion.lock_deletions(row.repository_id)
            home: Repository | None = row.repository
            return home
    raise deletion.no_deletion(batch)


def _purge(actor: User, batch: UUID) -> dict[str, int]:
    for share in deletion.plan_restore(batch).shares:
        if not may_purge(actor, share.model):
            raise DomainError(
                ErrorCode.PERMISSION_DENIED,
                f"You need the permission to purge {share.model._meta.verbose_name_plural}.",
            )
    return deletion.purge_batch(batch)


def _batch_of(record: Any) -> UUID:
    batch: UUID | None = record.deletion_batch
    if batch is None:
        detail = f"The {record._meta.verbose_name} is not deleted."
        raise DomainError(ErrorCode.CONFLICT, detail)
    return batch
