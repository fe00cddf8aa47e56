"""Purging what was deleted long enough ago: policy, not a person's wish."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from apps.core.deletion import (
    lock_deletions,
    plan_restore,
    purge_batch,
    soft_deleted_models,
)
from apps.core.errors import DomainError, ErrorCode, NotFoundError
from apps.core.ids import uuid7_floor, uuid7_time

# A run takes so many batches, each in a transaction of its own; the next run goes on.
BATCHES_A_RUN = 1000
LONGEST_DAYS = 36_500


@dataclass(frozen=True, slots=True)
class ExpiredBatch:
    """One expired batch: the rows by table, and why it was left, if it was."""

    id: UUID
    counts: Mapping[str, int]
    left: str = ""

    @property
    def deleted_at(self) -> datetime:
        """When it was deleted."""
        return uuid7_time(self.id)


def purge_expired(
    *, days: int, dry_run: bool = False, most: int = BATCHES_A_RUN
) -> Iterator[ExpiredBatch]:
    """Purge what was deleted more than `days` (1 to 36,500) days ago, oldest first, batch by batch.

    Nothing of an archived repository: it takes no change. A batch that the database does not let go
    yet is left for the next run. With `dry_run` it only says what it would do.
    """
    end = uuid7_floor(timezone.now() - timedelta(days=days))
    after: UUID | None = None
    for _ in range(most):
        found = _next_batch(after, end)
        if found is None:
            return
        after, repository_id = found
        yield _foresee(after) if dry_run else _purge(after, repository_id)


def _foresee(batch: UUID) -> ExpiredBatch:
    try:
        shares = plan_restore(batch).shares
    except NotFoundError as error:  # restored since it was found
        return ExpiredBatch(batch, {}, left=error.detail)
    return ExpiredBatch(batch, {share.model._meta.db_table: share.count for share in shares})


@transaction.atomic
def _purge(batch: UUID, repository_id: UUID | None) -> ExpiredBatch:
    lock_deletions(repository_id)
    try:
        return ExpiredBatch(batch, purge_batch(batch))
    except DomainError as error:
        # Restored since it was found, or changed within the last day.
        if error.code not in {ErrorCode.NOT_FOUND, ErrorCode.CONFLICT}:
            raise
        return ExpiredBatch(batch, {}, left=error.detail)


def _next_batch(after: UUID | None, end: UUID) -> tuple[UUID, UUID | None] | None:
    """The oldest batch after `after` and before `end`, with its repository."""
    found: list[tuple[Any, Any]] = []
    for model in soft_deleted_models():
        rows = model.all_objects.filter(
            deletion_batch__lt=end, repository__archived_at__isnull=True
        )
        if after is not None:
            rows = rows.filter(deletion_batch__gt=after)
        columns = rows.order_by("deletion_batch").values_list("deletion_batch", "repository_id")
        found += columns[:1]
    return min(found, key=lambda row: row[0], default=None)
