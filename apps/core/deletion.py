"""Soft deletion: what goes along with a record, and the batch that brings all of it back.

A model says in `deleted_with` with whom its rows go; this module finds them, level by level, in
every app. Services call it, in a transaction; nobody else writes `deleted_at`. What is deleted
keeps its row, its links and its history; `objects` does not show it, `all_objects` does.

`lock_deletions` comes first: it keeps out who would move a row into or out of the tree meanwhile.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import psycopg
from django.apps import apps
from django.db import IntegrityError, connection, transaction
from django.db.models import BooleanField, Exists, F, Func, Model, OuterRef, Q, UniqueConstraint
from django.utils import timezone
from django.utils.text import capfirst

from .errors import DomainError, ErrorCode, NotFoundError
from .ids import uuid7
from .models import SoftDeletedModel

SAMPLE = 10
# Rows of one table that go along with given rows, whatever the depth: one statement, and UNION ends
# it also where parents run in a circle. OFFSET 0 makes each row look up its own children by index:
# left to itself, the planner may read all live rows once a level.
ALONG = """
    WITH RECURSIVE along (id) AS (
        SELECT child.id FROM {table} AS child WHERE ({by_owner}) AND child.deleted_at IS NULL
        UNION
        SELECT child.id FROM along CROSS JOIN LATERAL (
            SELECT id, deleted_at FROM {table} AS child WHERE {by_self} OFFSET 0
        ) AS child
        WHERE child.deleted_at IS NULL
    )
    SELECT id FROM along
"""
YOUNG = "deletion_batch_age"  # the constraint's name in the function's refusal
# Not a SELECT at its beginning: pghistory would take it for a read and leave the context out.
PURGE = "WITH purged AS (SELECT purge_deletion_batch(%s) AS counts) SELECT counts FROM purged"

# Ids by model. A soft-deleted model, which no type says: its managers are made at run time.
Records = Mapping[Any, Sequence[UUID]]
_locks: list[Callable[[UUID], None]] = []
_waiting: list[Callable[[Records], tuple[Any, Sequence[UUID]]]] = []


@dataclass(frozen=True, slots=True)
class Share:
    """Rows of one model: how many, and the first of them.

    Where counting ended at `count`, there are more (`is_cut`).
    """

    model: type[Model]
    count: int
    sample: tuple[Any, ...]
    is_cut: bool = False

    @property
    def label(self) -> str:
        """“3 tasks”, “1,000+ tasks”."""
        meta = self.model._meta
        name = meta.verbose_name if self.count == 1 else meta.verbose_name_plural
        return f"{self.count:,}{'+' if self.is_cut else ''} {name}"

    @property
    def unnamed(self) -> int:
        """How many rows the sample leaves out."""
        return self.count - len(self.sample)


@dataclass(frozen=True, slots=True)
class DeletionPlan:
    """What a deletion would take along with `record`, itself not counted.

    `waiting`: the live rows outside that wait for what would go, and would wait no longer.
    """

    record: Any
    shares: tuple[Share, ...]
    waiting: tuple[Share, ...]

    @property
    def count(self) -> int:
        """How many rows go along."""
        return sum(share.count for share in self.shares)


@dataclass(frozen=True, slots=True)
class RestorePlan:
    """What a batch holds, what stands in the way of its return and what one should know of it.

    `waiting`: the live rows outside that would wait for what returns.
    """

    batch: UUID
    deleted_at: datetime
    deleted_by: Any
    shares: tuple[Share, ...]
    conflicts: tuple[str, ...]
    remarks: tuple[str, ...]
    waiting: tuple[Share, ...]

    @property
    def count(self) -> int:
        """How many rows come back."""
        return sum(share.count for share in self.shares)


@dataclass(frozen=True, slots=True)
class Batch:
    """What one deletion, restore or purge has changed: the ids by model."""

    id: UUID
    records: Records

    @property
    def count(self) -> int:
        """How many rows it changed."""
        return sum(len(ids) for ids in self.records.values())


def register_deletion_lock(lock: Callable[[UUID], None]) -> None:
    """Have `lock(repository_id)` called before every deletion, restore and purge."""
    _locks.append(lock)


def register_waiting(find: Callable[[Records], tuple[Any, Sequence[UUID]]]) -> None:
    """Have `find(records)` say which live rows outside `records` wait for some of them.

    It answers with the model and the ids, in their order.
    """
    _waiting.append(find)


def lock_deletions(repository_id: UUID | None) -> None:
    """Keep other writers of a repository's trees out until the transaction ends.

    To be called before any row is locked: else two writers could each wait for the other.
    """
    if repository_id is not None:
        for lock in _locks:
            lock(repository_id)


def soft_deleted_models() -> list[Any]:
    """Every soft-deleted model, in the order in which their rows are locked."""
    found = (model for model in apps.get_models() if issubclass(model, SoftDeletedModel))
    return sorted(found, key=lambda model: model._meta.label)


# -- deleting ----
def plan_deletion(record: Any) -> DeletionPlan:
    """What goes along with a live `record`. Some statements a model, whatever the size."""
    along = _rows_along(record)
    shares = (_share(model, ids) for model, ids in along.items())
    return DeletionPlan(record, tuple(shares), _find_waiting(_with_itself(record, along)))


@transaction.atomic
def delete_batch(record: Any, actor: Any) -> Batch:
    """Delete a live `record` and what goes along, as one batch.

    The caller has called `lock_deletions` and has locked and checked the record.
    """
    batch = uuid7()
    changes = {"deleted_at": timezone.now(), "deleted_by": actor, "deletion_batch": batch}
    records = _with_itself(record, _rows_along(record))
    done: dict[type[Model], Sequence[UUID]] = {}
    for model in _in_lock_order(records):
        done[model] = _lock(model, pk__in=records[model], deleted_at=None)
        model.all_objects.filter(pk__in=done[model]).update(**changes)
    return Batch(batch, done)


def _rows_along(record: Any) -> Records:
    """The ids of the live rows that go along with `record`, by model, in their order."""
    found: dict[Any, set[UUID]] = {type(record): {record.pk}}
    pending: list[tuple[Any, list[UUID]]] = [(type(record), [record.pk])]
    while pending:
        owner, owners = pending.pop()
        for model in soft_deleted_models():
            keys = _keys_to(model, owner)
            if not keys:
                continue
            known = found.setdefault(model, set())
            new = [key for key in _read_along(model, keys, owners) if key not in known]
            known.update(new)
            if new and model is not owner:  # its own have come with them
                pending.append((model, new))
    found[type(record)].discard(record.pk)
    return {model: sorted(ids) for model, ids in found.items() if ids}


def _with_itself(record: Any, along: Records) -> Records:
    return {**along, type(record): [record.pk, *along.get(type(record), ())]}


def _read_along(model: Any, keys: Sequence[Any], owners: Sequence[UUID]) -> list[UUID]:
    quote = connection.ops.quote_name
    own = _keys_to(model, model)
    sql = ALONG.format(
        table=quote(model._meta.db_table),
        by_owner=" OR ".join(f"child.{quote(k.column)} = ANY(%(owners)s::uuid[])" for k in keys),
        by_self=" OR ".join(f"child.{quote(k.column)} = along.id" for k in own) or "false",
    )
    with connection.cursor() as cursor:
        cursor.execute(sql, {"owners": list(owners)})
        return [key for (key,) in cursor.fetchall()]


def _keys_to(model: Any, owner: type[Model]) -> list[Any]:
    """The foreign keys by which rows of `model` go along with rows of `owner`."""
    keys = (model._meta.get_field(name) for name in model.deleted_with)
    return [key for key in keys if key.related_model is owner]


# -- restoring ----
def plan_restore(batch: UUID) -> RestorePlan:
    """What the batch would bring back. Raises `NotFoundError` when nothing is left of it."""
    records = {}
    for model in soft_deleted_models():
        ids = list(_rows_of(model, batch).order_by("pk").values_list("pk", flat=True))
        if ids:
            records[model] = ids
    if not records:
        raise no_deletion(batch)
    shares = tuple(_share(model, ids) for model, ids in records.items())
    rows = _rows_of(shares[0].model, batch).select_related("deleted_by")
    deletion = rows.only("deleted_at", "deleted_by").first()
    if deletion is None:  # restored or purged since the statement before
        raise no_deletion(batch)
    return RestorePlan(
        batch=batch,
        deleted_at=deletion.deleted_at,
        deleted_by=deletion.deleted_by,
        shares=shares,
        conflicts=tuple(_conflicts(batch, records)),
        remarks=tuple(_remarks(batch, records)),
        waiting=_find_waiting(records),
    )


@transaction.atomic
def restore_batch(batch: UUID) -> Batch:
    """Bring back exactly what the batch deleted. The caller has called `lock_deletions`.

    Raises `NotFoundError` when nothing is left of the batch, `DomainError` (`already_exists`) when
    a live row has taken the place of one that would return; then nothing is restored.
    """
    records: dict[type[Model], Sequence[UUID]] = {}
    for model in soft_deleted_models():
        ids = _lock(model, deletion_batch=batch)
        if ids:
            records[model] = ids
    if not records:
        raise no_deletion(batch)
    _refuse_conflicts(batch, records)
    try:
        with transaction.atomic():
            for model in records:
                _rows_of(model, batch).update(deleted_at=None, deleted_by=None, deletion_batch=None)
    except IntegrityError:
        _refuse_conflicts(batch, records)  # a place was taken since they were looked for
        raise
    return Batch(batch, records)


def _refuse_conflicts(batch: UUID, records: Records) -> None:
    conflicts = list(_conflicts(batch, records))
    if conflicts:
        raise DomainError(
            ErrorCode.ALREADY_EXISTS, " ".join(conflicts), extra={"conflicts": conflicts}
        )


def _conflicts(batch: UUID, records: Records) -> Iterator[str]:
    """A sentence for each row whose place, unique among live rows, is taken."""
    for model in records:
        for constraint in model._meta.constraints:
            if not isinstance(constraint, UniqueConstraint) or constraint.condition is None:
                continue
            same = [_same(name, constraint.nulls_distinct) for name in constraint.fields]
            taken = model.objects.filter(*same)
            for row in _labelled(_rows_of(model, batch).filter(Exists(taken)))[:SAMPLE]:
                meta = model._meta
                yield (
                    f"The {meta.verbose_name} “{row}” cannot come back:"
                    f" a live one has its {constraint.fields[-1]} by now."
                    " Rename or delete that one first."
                )


def _same(name: str, nulls_distinct: bool | None) -> Any:
    if nulls_distinct is not False:
        return Q(**{name: OuterRef(name)})
    return Func(
        F(name),
        OuterRef(name),
        template="(%(expressions)s)",
        arg_joiner=" IS NOT DISTINCT FROM ",
        output_field=BooleanField(),
    )


def _remarks(batch: UUID, records: Records) -> Iterator[str]:
    """A sentence for each row whose owner stays deleted."""
    for model in records:
        for name in model.deleted_with:
            owned = _rows_of(model, batch).filter(**{f"{name}__deleted_at__isnull": False})
            left = owned.exclude(**{f"{name}__deletion_batch": batch}).select_related(name)
            owner_model: Any = model._meta.get_field(name).related_model
            labels = [f"{name}__{label}" for label in owner_model.label_fields]
            for row in left.only(*model.label_fields, *labels).order_by("pk")[:SAMPLE]:
                owner = getattr(row, name)
                yield (
                    f"“{row}” comes back below “{owner}”, which stays deleted:"
                    f" that {owner._meta.verbose_name} was deleted at another time."
                )


# -- purging ----
def purge_batch(batch: UUID) -> dict[str, int]:
    """Delete the batch's rows for good, and what the database deletes with them; rows by table.

    The caller has called `lock_deletions`. Raises `DomainError` (`conflict`) for a batch that was
    deleted or changed less than a day ago (the database refuses it, whoever asks), `NotFoundError`
    when nothing is left of the batch.
    """
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(PURGE, [batch])
            counts: dict[str, int] = json.loads(cursor.fetchone()[0])
    except IntegrityError as error:
        cause = error.__cause__
        if isinstance(cause, psycopg.Error) and cause.diag.constraint_name == YOUNG:
            sentence = f"{capfirst(cause.diag.message_primary)}."
            raise DomainError(ErrorCode.CONFLICT, sentence) from error
        raise
    if not counts:
        raise no_deletion(batch)
    return counts


# -- what they share ----
def _rows_of(model: Any, batch: UUID) -> Any:
    return model.all_objects.filter(deletion_batch=batch)


def _in_lock_order(models: Iterable[type[Model]]) -> list[Any]:
    return [model for model in soft_deleted_models() if model in models]


def _lock(model: Any, **rows: Any) -> list[UUID]:
    """Lock rows in the order of their ids; without the strength that stops foreign keys."""
    locked = model.all_objects.filter(**rows).order_by("pk").select_for_update(no_key=True)
    return list(locked.values_list("pk", flat=True))


def _find_waiting(records: Records) -> tuple[Share, ...]:
    found = (find(records) for find in _waiting)
    return tuple(_share(model, ids) for model, ids in found if ids)


def _share(model: Any, ids: Sequence[UUID]) -> Share:
    rows = _labelled(model.all_objects.filter(pk__in=ids[:SAMPLE]))
    return Share(model, len(ids), tuple(rows))


def _labelled(rows: Any) -> Any:
    return rows.only(*rows.model.label_fields).order_by("pk")


def no_deletion(batch: UUID) -> NotFoundError:
    """What is raised when nothing is left of `batch`, or never was."""
    return NotFoundError(f"There is no deletion {batch}: restored or purged already.")
