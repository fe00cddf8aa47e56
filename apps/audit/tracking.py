"""History of a model: an event table that triggers fill, one complete row image an event.

The triggers run with the owner's rights and cannot be ignored (`core.triggers`), so the
application's login needs no right to write history, and has none.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pghistory
import pgtrigger
from django.db import models
from pghistory import trigger as pghistory_trigger
from psqlextra.models import PostgresPartitionedModel
from psqlextra.types import PostgresPartitioningMethod

from apps.core.fields import GenerateUuid7
from apps.core.models import READ
from apps.core.triggers import Definer

# With JSON context the statement-level template's upsert into the shared context table is a write
# that nobody reads.
SHARED_CONTEXT = "WITH _pgh_attached_context AS ( SELECT _pgh_attach_context() AS value ) "
SHARED_CONTEXT_SOURCE = ", _pgh_attached_context;"


@dataclass(frozen=True, slots=True)
class Link:
    """Says that the rows of a tracked model are a part of another record's history.

    A row of `task_dependencies` belongs to the story of the task that its foreign key `of` names;
    the story calls it `name` and tells what it links `to`, with the columns in `shows` beside it.
    """

    name: str
    of: str
    to: str
    shows: tuple[str, ...] = ()


class SessionUser(models.Func):
    """The login of the session, also inside functions that run with another's rights."""

    template = "(session_user)::text"
    output_field = models.TextField()


class TransactionId(models.Func):
    """The 64-bit id of the transaction: all its changes carry the same."""

    template = "(pg_current_xact_id()::text)::bigint"
    output_field = models.BigIntegerField()


class HistoryTrigger(Definer, pghistory_trigger.Event):
    """pghistory's trigger, made impossible to ignore."""

    def get_func(self, model: Any) -> Any:
        func = super().get_func(model)
        if self.level != pgtrigger.Statement:
            return func
        sql = func.func
        if SHARED_CONTEXT not in sql or SHARED_CONTEXT_SOURCE not in sql:
            raise AssertionError("pghistory's statement-level template has changed")
        return pgtrigger.Func(sql.replace(SHARED_CONTEXT, "").replace(SHARED_CONTEXT_SOURCE, ";"))


class _Registered:
    """Mixin for pghistory's trackers, which would register a trigger class of their own."""

    def add_event_trigger(self, event_model: Any) -> None:
        tracker: Any = self
        pgtrigger.register(
            HistoryTrigger(
                event_model=event_model,
                label=tracker.label,
                name=tracker.trigger_name,
                row=tracker.row,
                operation=tracker.operation,
                condition=tracker.condition,
                level=tracker.level,
            )
        )(event_model.pgh_tracked_model)


class InsertEvent(_Registered, pghistory.InsertEvent):
    """One INSERT … SELECT a statement: COPY and bulk inserts stay fast."""

    level = pgtrigger.Statement


class UpdateEvent(_Registered, pghistory.UpdateEvent):
    """Row by row, for rows that really changed (cheaper than joining transition tables)."""

    level = pgtrigger.Row


class DeleteEvent(_Registered, pghistory.DeleteEvent):
    """The last image of each row that is really deleted, cascades included."""

    level = pgtrigger.Row


def track(
    model: type[models.Model],
    *,
    exclude: Sequence[str] = (),
    links: Sequence[Link] = (),
    listed_by: Sequence[str] = (),
) -> Any:
    """Record the history of `model`; return its event model, `<Model>Event`.

    The event table is partitioned by `pgh_id`, a UUIDv7 made by the database. Each event carries
    every column except generated ones, the id (it is `pgh_obj`) and those in `exclude`; with it
    label, time, context (who, through what, why), login and transaction. A record's events are
    ordered by `pgh_id`, which follows `version` (ADR 0017).

    `links`: whose stories the rows are a part of; `listed_by`: foreign keys by which lists of
    events are narrowed. Each has an index with `pgh_id`; no other foreign key of an event has one,
    since every change of a record would pay for it.
    """
    generated = [f.name for f in model._meta.fields if isinstance(f, models.GeneratedField)]
    name = f"{model.__name__}Event"
    table = f"{model._meta.db_table}_events"
    fields: Any = pghistory.create_event_model(
        model,
        InsertEvent(),
        UpdateEvent(),
        DeleteEvent(),
        # psqlextra takes a column named `id` for a part of the primary key.
        exclude=["id", *generated, *exclude],
        abstract=True,
        model_name=f"Abstract{name}",
        append_only=False,
        context_field=pghistory.ContextJSONField(),
        context_id_field=pghistory.ContextUUIDField(null=True),
        obj_field=pghistory.ObjForeignKey(related_name="events", db_index=False),
    )
    for field in fields._meta.local_fields:
        if isinstance(field, models.ForeignKey):
            field.db_index = False  # type: ignore[attr-defined]
    narrowing = [*(link.of for link in links), *listed_by]
    meta = type(
        "Meta",
        (fields.Meta,),
        {
            "abstract": False,
            "db_table": table,
            "indexes": [
                models.Index(fields=["pgh_obj", "pgh_id"], name=_own_index(table)),
                *(
                    models.Index(fields=[name, "pgh_id"], name=f"{table[: 29 - len(name)]}_{name}")
                    for name in narrowing
                ),
            ],
            "verbose_name": f"{model._meta.verbose_name} event",
        },
    )
    partitioning = type(
        "PartitioningMeta", (), {"method": PostgresPartitioningMethod.RANGE, "key": ["pgh_id"]}
    )
    metaclass: Any = type(PostgresPartitionedModel)
    return metaclass(
        name,
        (fields, PostgresPartitionedModel),
        {
            "__module__": model.__module__,
            "__doc__": f"One event in the life of a {model._meta.verbose_name}.",
            "Meta": meta,
            "PartitioningMeta": partitioning,
            "app_privileges": READ,
            "pgh_links": tuple(links),
            "pgh_id": models.UUIDField(
                primary_key=True, db_default=GenerateUuid7(), editable=False
            ),
            "pgh_login": models.TextField(db_default=SessionUser(), editable=False),
            "pgh_xact": models.BigIntegerField(db_default=TransactionId(), editable=False),
        },
    )


def _own_index(table: str) -> str:
    """At most 30 characters, and not the table's own name: tables and indexes share one space."""
    name = f"{table}_obj"[:30]
    return name if name != table else f"{table[:26]}_obj"
