"""The bin: what is deleted, deletion by deletion, newest first.

A deletion can have many rows. Nothing here reads them all: the deletions are found by steps along
an index, one row each, and of each deletion's rows the first are read.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import connection
from django.db.models import Max

from apps.accounts.models import User
from apps.core.deletion import Share, no_deletion, soft_deleted_models

from .models import Repository
from .visibility import MOST_REPOSITORIES, visible_repositories

COUNTED = 1000
# The database's own rule (`purge_deletion_batch`), for those who want to know it beforehand.
PURGE_FLOOR = timedelta(hours=24)
NAMED = 3
NEWEST = UUID(int=2**128 - 1)

NEXT = "SELECT deletion_batch FROM {table} WHERE {where} ORDER BY deletion_batch DESC LIMIT 1"
# Only as many repositories can hold the newest deletions: those whose own newest are the newest.
HOME = """
    home (id) AS MATERIALIZED (
        SELECT repository.id FROM unnest(%(repositories)s::uuid[]) AS repository (id)
        CROSS JOIN LATERAL ({newest}) AS newest
        ORDER BY newest.deletion_batch DESC LIMIT %(most)s
    ),
"""
NEXT_AT_HOME = """
    SELECT next.deletion_batch FROM home CROSS JOIN LATERAL ({next}) AS next
    ORDER BY next.deletion_batch DESC LIMIT 1
"""
WALK = """
    WITH RECURSIVE {home} found (batch) AS (
        SELECT %(before)s::uuid
        UNION ALL
        SELECT ({next}) FROM found WHERE found.batch IS NOT NULL
    )
    SELECT batch FROM found WHERE batch < %(before)s LIMIT %(most)s
"""
HEADS = """
    SELECT batch.id, counted.number, head.ids
    FROM unnest(%(batches)s::uuid[]) AS batch (id)
    CROSS JOIN LATERAL (
        SELECT count(*) AS number FROM (
            SELECT FROM {table} WHERE deletion_batch = batch.id LIMIT %(most)s
        ) AS taken
    ) AS counted
    CROSS JOIN LATERAL (
        SELECT array_agg(taken.id ORDER BY taken.id) AS ids FROM (
            SELECT id FROM {table} WHERE deletion_batch = batch.id ORDER BY id LIMIT %(named)s
        ) AS taken
    ) AS head
    WHERE counted.number > 0
"""


@dataclass(frozen=True, slots=True)
class Deletion:
    """One deletion: when, by whom, where, and what it took along."""

    id: UUID
    deleted_at: datetime
    deleted_by: User | None
    repository: Repository | None
    shares: tuple[Share, ...]


@dataclass(frozen=True, slots=True)
class BinPage:
    """Some deletions, newest first, and whether there are older ones."""

    deletions: tuple[Deletion, ...]
    has_older: bool


def read_bin(
    user: User,
    *,
    kinds: Iterable[Any],
    repository: UUID | None = None,
    before: UUID | None = None,
    size: int = 25,
) -> BinPage:
    """The deletions that took something of `kinds` along and are older than the deletion `before`.

    Of the repositories that `user` may see (of the first 1,000); a superuser also gets what belongs
    to none. Three statements a kind, whatever there is.
    """
    homes = visible_homes(user, repository)
    found: set[UUID] = set()
    for model in kinds:
        found |= set(_walk(model, homes, before or NEWEST, size + 1))
    newest = sorted(found, reverse=True)[: size + 1]
    return BinPage(tuple(_describe(newest[:size])), has_older=len(newest) > size)


def visible_homes(user: User, repository: UUID | None = None) -> list[UUID] | None:
    """The ids of the repositories to look into; None for everywhere."""
    if user.is_superuser:
        return None if repository is None else [repository]
    visible = visible_repositories(user)
    if repository is not None:
        visible = visible.filter(pk=repository)
    return list(visible.values_list("pk", flat=True)[:MOST_REPOSITORIES])


def find_deletion(user: User, batch: UUID) -> Any:
    """A row of the deletion `batch`, if `user` may see it; else None."""
    for rows in _rows_of(batch):
        named = rows.select_related("repository").only("repository", *rows.model.label_fields)
        row = named.order_by("pk").first()
        if row is not None:
            homes = visible_homes(user, row.repository_id)
            return row if homes is None or row.repository_id in homes else None
    return None


def count_deleted(batch: UUID) -> int:
    """How many rows the deletion `batch` took along."""
    return sum(rows.count() for rows in _rows_of(batch))


def purgeable_from(batch: UUID) -> datetime:
    """When the database lets the deletion be purged, if nothing of it changes till then.

    Raises `NotFoundError` when nothing is left of it.
    """
    changes = [rows.aggregate(last=Max("updated_at"))["last"] for rows in _rows_of(batch)]
    times = [change for change in changes if change is not None]
    if not times:
        raise no_deletion(batch)
    return max(times) + PURGE_FLOOR


def _rows_of(batch: UUID) -> list[Any]:
    return [m.all_objects.filter(deletion_batch=batch) for m in soft_deleted_models()]


def _walk(model: Any, homes: list[UUID] | None, before: UUID, most: int) -> list[UUID]:
    """The newest deletions before `before` that have rows of `model`."""
    table = connection.ops.quote_name(model._meta.db_table)
    if homes is None:
        home = ""
        following = NEXT.format(table=table, where="deletion_batch < found.batch")
    else:
        here = "repository_id = {}.id AND deletion_batch < {}"
        newest = NEXT.format(table=table, where=here.format("repository", "%(before)s"))
        home = HOME.format(newest=newest)
        older = NEXT.format(table=table, where=here.format("home", "found.batch"))
        following = NEXT_AT_HOME.format(next=older)
    sql = WALK.format(home=home, next=following)
    with connection.cursor() as cursor:
        parameters: dict[str, Any] = {"repositories": homes, "before": before, "most": most}
        cursor.execute(sql, parameters)
        return [batch for (batch,) in cursor.fetchall()]


def _describe(batches: Sequence[UUID]) -> Iterable[Deletion]:
    """The deletions `batches`, in their order."""
    shares: dict[UUID, list[Share]] = {batch: [] for batch in batches}
    for model in soft_deleted_models():
        heads = _heads(model, batches)
        rows = _rows(model, [key for _, ids in heads.values() for key in ids])
        for batch, (count, ids) in heads.items():
            sample = tuple(rows[key] for key in ids if key in rows)
            if sample:  # else restored or purged since it was counted
                shares[batch].append(
                    Share(model, min(count, COUNTED), sample, is_cut=count > COUNTED)
                )
    for batch, found in shares.items():
        if found:
            first = found[0].sample[0]
            yield Deletion(
                batch, first.deleted_at, first.deleted_by, first.repository, tuple(found)
            )


def _heads(model: Any, batches: Sequence[UUID]) -> Mapping[UUID, tuple[int, list[UUID]]]:
    """How many rows of `model` each of `batches` has, up to one more than 1,000; the first."""
    sql = HEADS.format(table=connection.ops.quote_name(model._meta.db_table))
    parameters: dict[str, Any] = {"batches": list(batches), "most": COUNTED + 1, "named": NAMED}
    with connection.cursor() as cursor:
        cursor.execute(sql, parameters)
        return {batch: (count, ids) for batch, count, ids in cursor.fetchall()}


def _rows(model: Any, keys: Sequence[UUID]) -> Mapping[UUID, Any]:
    rows = model.all_objects.filter(pk__in=keys, deleted_at__isnull=False)
    names = ("deleted_at", "deleted_by__username", "repository__name", *model.label_fields)
    found: Mapping[UUID, Any] = (
        rows.select_related("deleted_by", "repository").only(*names).in_bulk()
    )
    return found
