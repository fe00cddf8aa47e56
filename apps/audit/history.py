"""What happened to a record and its links: entries, newest first, a page at a time."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from django.db.models import Field, Model

from apps.core.services import differ

from .events import event_time, events_of, link_sources, newest_before, tracked_fields
from .tracking import Link

# Links that may change in one transaction before its entry is cut in two.
LINKS_AN_ENTRY = 250


class Operation(StrEnum):
    """What an entry of a history says."""

    CREATED = "created"
    UPDATED = "updated"
    DELETED = "deleted"
    RESTORED = "restored"
    REMOVED = "removed"


@dataclass(frozen=True, slots=True)
class FieldChange:
    """A column with its values before and after."""

    field: Field[Any, Any]
    before: Any
    after: Any


def changed_fields(base: Any, event: Any) -> tuple[FieldChange, ...]:
    """The columns in which two images of a record differ; without `base`, those that are filled."""
    changes = (
        FieldChange(
            field,
            None if base is None else getattr(base, field.attname),
            getattr(event, field.attname),
        )
        for field in tracked_fields(type(event))
    )
    if base is None:
        return tuple(c for c in changes if c.after is not None and c.after not in ("", [], {}))
    return tuple(change for change in changes if differ(change.before, change.after))


@dataclass(frozen=True, slots=True)
class LinkChange:
    """A linked row that came (`after` alone), went (`before` alone) or changed: its events."""

    link: Link
    before: Any
    after: Any


@dataclass(frozen=True, slots=True)
class Entry:
    """What one transaction did to a record: its event, its links' events, or both.

    `event` and `base` are the record's images after and before; links alone have neither.
    """

    newest: Any  # the last event of the entry: when, who, why
    event: Any = None
    base: Any = None
    links: tuple[LinkChange, ...] = ()

    @property
    def id(self) -> UUID:
        """The key of the newest event; the cursor of what is older."""
        key: UUID = self.newest.pgh_id
        return key

    @property
    def at(self) -> datetime:
        """When it was written, to the microsecond: `state_as_of` this instant shows the result."""
        return event_time(self.newest.pgh_id)

    @property
    def context(self) -> dict[str, Any]:
        """Who, through what, why; empty for a change outside of TaskHub's processes."""
        return self.newest.pgh_context or {}

    @property
    def version(self) -> int | None:
        """The record's version after it; None where only links changed."""
        return getattr(self.event, "version", None)

    @property
    def operation(self) -> Operation:
        """What was done to the record."""
        return Operation.UPDATED if self.event is None else operation_of(self.event, self.base)

    @property
    def is_first(self) -> bool:
        """Whether nothing older of the record is kept."""
        return self.event is not None and self.base is None

    def field_changes(self) -> tuple[FieldChange, ...]:
        """The columns that differ; of the first image those that hold something."""
        if self.event is None or self.operation is Operation.REMOVED:
            return ()
        return changed_fields(self.base, self.event)


@dataclass(frozen=True, slots=True)
class Page:
    """Entries, newest first, and the key before which the older ones lie."""

    entries: tuple[Entry, ...]
    older: UUID | None


def operation_of(event: Any, base: Any) -> Operation:
    """What `event` did to a record whose image before was `base`."""
    if event.pgh_label == "insert":
        return Operation.CREATED
    if event.pgh_label == "delete":
        return Operation.REMOVED
    deleted, was = getattr(event, "deleted_at", None), getattr(base, "deleted_at", None)
    if base is None or (deleted is None) == (was is None):
        return Operation.UPDATED
    return Operation.RESTORED if deleted is None else Operation.DELETED


def read_history(model: type[Model], key: Any, *, limit: int, before: UUID | None = None) -> Page:
    """At most `limit` entries of the history of the record `key`, those older than `before`.

    One query for its events and one for each kind of link, whatever the length of the history.
    Links that change in one transaction, and the record with them, make one entry.
    """
    own = events_of(model, key)
    streams = [own if before is None else own.filter(pgh_id__lt=before)]
    for source in link_sources(model):
        events = source.events(key).order_by("-pgh_id")
        streams.append(events if before is None else events.filter(pgh_id__lt=before))
    # Two more than shown: what the last entry is compared with, and whether there are older ones.
    sizes = [limit + 2, *[limit + LINKS_AN_ENTRY] * (len(streams) - 1)]
    found: list[list[Any]] = [
        list(stream[:size]) for stream, size in zip(streams, sizes, strict=True)
    ]
    cut = [rows[-1].pgh_id for rows, size in zip(found, sizes, strict=True) if len(rows) == size]
    horizon = max(cut, default=None)  # below it some stream has rows that were not read
    bases = dict(zip((row.pgh_id for row in found[0]), [*found[0][1:], None], strict=False))
    rows: list[tuple[Any, Link | None]] = [(row, None) for row in found[0]]
    for source, linked in zip(link_sources(model), found[1:], strict=True):
        rows += [(row, source.link) for row in linked]
    rows = [row for row in rows if horizon is None or row[0].pgh_id >= horizon]
    groups = _groups(sorted(rows, key=lambda row: row[0].pgh_id, reverse=True))
    if horizon is not None and len(groups) > 1:
        groups.pop()  # it may go on below the horizon
        horizon = groups[-1][-1][0].pgh_id
    shown = groups[:limit]
    older = horizon if len(shown) == len(groups) else shown[-1][-1][0].pgh_id
    images = _images_before(row for group in shown for row, link in group if link is not None)
    return Page(tuple(_entry(group, bases, images) for group in shown), older)


def _groups(rows: Iterable[tuple[Any, Link | None]]) -> list[list[tuple[Any, Link | None]]]:
    """Neighbours of one transaction, with at most one event of the record itself."""
    groups: list[list[tuple[Any, Link | None]]] = []
    for row, link in rows:
        last = groups[-1] if groups else []
        same = bool(last) and _origin(last[-1][0]) == _origin(row)
        if same and (link is not None or all(other is not None for _, other in last)):
            last.append((row, link))
        else:
            groups.append([(row, link)])
    return groups


def _origin(row: Any) -> tuple[Any, Any]:
    return row.pgh_xact, row.pgh_context


def _entry(group: list[tuple[Any, Link | None]], bases: dict[Any, Any], images: Any) -> Entry:
    event = next((row for row, link in group if link is None), None)
    links = tuple(
        LinkChange(
            link,
            before=row if row.pgh_label == "delete" else images.get(row.pgh_id),
            after=None if row.pgh_label == "delete" else row,
        )
        for row, link in reversed(group)
        if link is not None
    )
    base = None if event is None else bases[event.pgh_id]
    return Entry(newest=group[0][0], event=event, base=base, links=links)


def _images_before(rows: Iterable[Any]) -> dict[UUID, Any]:
    """For each changed link, its image before: one query for each kind that has such rows."""
    changed: dict[Any, list[Any]] = {}
    for row in rows:
        if row.pgh_label == "update":
            changed.setdefault(type(row), []).append(row)
    return {
        key: image
        for event_model, rows in changed.items()
        for key, image in newest_before(
            event_model, [(row.pgh_id, row.pgh_obj_id, row.pgh_id) for row in rows]
        ).items()
    }
