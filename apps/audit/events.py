"""The events of tracked models: which there are, in what order, and when each was written.

An event's key, `pgh_id`, is a UUIDv7 that the database makes when the trigger writes it, under the
lock of the row: it follows `version`, and it holds the time to the microsecond. `pgh_created_at` is
when the transaction began, which may be earlier than that of an older version. So order, paging
and instants all go by `pgh_id` (ADR 0017), and every query bounds it: partitions outside of the
record's life are not opened.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any
from uuid import UUID

from django.apps import apps
from django.core.exceptions import FieldDoesNotExist
from django.db import connection
from django.db.models import Field, Model

from apps.core.ids import FUTURE_TOLERANCE, uuid7_floor, uuid7_time, uuid7_time_or_max

from .tracking import Link

# Kept by triggers with each change: they say nothing of it.
UNINTERESTING = frozenset({"updated_at", "version", "deletion_batch"})
VERSION_BITS = 0x7 << 76
EPOCH = datetime.fromtimestamp(0, UTC)
NEWEST_BEFORE = """
    SELECT wanted.name, found.pgh_id
    FROM unnest(%s::uuid[], %s::{kind}[], %s::uuid[]) AS wanted (name, record, bound)
    CROSS JOIN LATERAL (
        SELECT pgh_id FROM {table}
        WHERE pgh_obj_id = wanted.record AND pgh_id < wanted.bound
        ORDER BY pgh_id DESC LIMIT 1
    ) AS found
"""


@dataclass(frozen=True, slots=True)
class LinkSource:
    """A table of link events and how its rows belong to a record."""

    event_model: Any
    link: Link

    def events(self, key: Any) -> Any:
        """The events of the links of the record `key`."""
        column = self.event_model._meta.get_field(self.link.of).attname
        return self.event_model._base_manager.filter(**{column: key}, **since(key))


def event_model_of(model: type[Model]) -> Any:
    """The model of `model`'s events: what its tracked relation `events` leads to; else None."""
    try:
        related = model._meta.get_field("events").related_model
    except FieldDoesNotExist:
        return None
    return related if hasattr(related, "pgh_tracked_model") else None


def tracked_fields(event_model: Any) -> tuple[Field[Any, Any], ...]:
    """The columns of an event that show the row, not the event."""
    return tuple(
        field
        for field in event_model._meta.concrete_fields
        if not field.name.startswith("pgh_") and field.name not in UNINTERESTING
    )


@cache
def link_sources(model: type[Model]) -> tuple[LinkSource, ...]:
    """The links that belong to the story of `model`'s records, as `track(links=…)` declares."""
    return tuple(
        LinkSource(event_model, link)
        for event_model in apps.get_models()
        for link in getattr(event_model, "pgh_links", ())
        if event_model._meta.get_field(link.of).related_model is model
    )


def events_of(model: type[Model], key: Any) -> Any:
    """The events of the record `key` itself, newest first."""
    events = event_model_of(model)._base_manager
    return events.filter(pgh_obj_id=key, **since(key)).order_by("-pgh_id")


def event_time(key: UUID) -> datetime:
    """When the event of this key was written: the database's clock, to the microsecond."""
    quarters = key.int >> 64 & 0xFFF  # of a microsecond, within the millisecond
    return uuid7_time(key) + timedelta(microseconds=min(quarters >> 2, 999))


def key_after(moment: datetime) -> UUID:
    """The least key that is greater than that of every event written at `moment` or before."""
    moment = max(moment.astimezone(UTC), EPOCH) + timedelta(microseconds=1)
    quarters = moment.microsecond % 1000 << 2
    return UUID(int=uuid7_floor(moment).int | VERSION_BITS | quarters << 64)


def since(key: Any) -> dict[str, Any]:
    """A condition that passes over the partitions from before the record's id was made.

    An id may lie as far ahead of the database's clock as it takes ids from the future.
    """
    if not isinstance(key, UUID):
        return {}
    made = uuid7_time_or_max(key) - FUTURE_TOLERANCE
    return {"pgh_id__gte": uuid7_floor(max(made, EPOCH))}


def record_of(event: Any) -> Any:
    """The record as `event` shows it: an instance that is not to be saved.

    What history leaves out (ADR 0004) is not loaded; asking for it reads the row of today.
    """
    model = event.pgh_tracked_model
    values: dict[str, Any] = {}
    for field in model._meta.concrete_fields:
        if field.primary_key:
            values[field.attname] = event.pgh_obj_id
        elif field.name == "created_at":
            values[field.attname] = uuid7_time(event.pgh_obj_id)
        elif hasattr(type(event), field.attname):
            values[field.attname] = getattr(event, field.attname)
    return model.from_db(connection.alias, list(values), list(values.values()))


def newest_before(event_model: Any, wanted: Sequence[tuple[UUID, Any, UUID]]) -> dict[UUID, Any]:
    """For each (name, record, key) the newest event of that record before `key`, under `name`."""
    if not wanted:
        return {}
    table = connection.ops.quote_name(event_model._meta.db_table)
    kind = event_model._meta.get_field("pgh_obj").db_type(connection)
    names, records, keys = (list(column) for column in zip(*wanted, strict=True))
    with connection.cursor() as cursor:
        cursor.execute(NEWEST_BEFORE.format(table=table, kind=kind), [names, records, keys])
        found = dict(cursor.fetchall())
    images = event_model._base_manager.in_bulk(set(found.values()))
    return {name: images[key] for name, key in found.items()}
