"""A record's history as a timeline: what, when, who, through which door, why."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.core.exceptions import FieldDoesNotExist
from django.db.models import Field, Model

from .diffs import EMPTY, Change, Names, field_changes, field_label, show
from .display import ago

PAGE = 20
UNINTERESTING = frozenset({"updated_at", "version"})
VERBS = {"insert": "Created", "update": "Changed", "delete": "Removed"}
SOURCES = {"api": "API", "console": "Console", "command": "Command", "job": "Job"}
MAX_DESCRIBED = 12


@dataclass(frozen=True, slots=True)
class Entry:
    """One event as the timeline shows it."""

    key: UUID
    verb: str
    at: datetime
    ago: str
    who: str
    source: str
    name: str
    reason: str
    request_id: str
    token: str
    version: int | None
    changes: tuple[Change, ...]
    is_first: bool


@dataclass(frozen=True, slots=True)
class Timeline:
    """A page of entries, newest first, and the cursor of the older ones."""

    entries: tuple[Entry, ...]
    older: UUID | None


def event_model_of(model: type[Model]) -> type[Model] | None:
    """The model of `model`'s events: what its tracked relation `events` leads to."""
    try:
        related = model._meta.get_field("events").related_model
    except FieldDoesNotExist:
        return None
    return related if isinstance(related, type) else None


def tracked_fields(event_model: type[Model]) -> list[Field[Any, Any]]:
    """The columns of an event that show the row, not the event."""
    return [
        field
        for field in event_model._meta.concrete_fields
        if not field.name.startswith("pgh_") and field.name not in UNINTERESTING
    ]


def timeline(event_model: type[Model], key: Any, before: UUID | None = None) -> Timeline:
    """A page of the history of the record `key`, of the events older than `before`."""
    events = event_model._base_manager.filter(pgh_obj_id=key).order_by("-pgh_id")
    if before is not None:
        events = events.filter(pgh_id__lt=before)
    rows: Sequence[Any] = list(events[: PAGE + 1])
    fields = tracked_fields(event_model)
    names = relation_names(fields, rows)
    shown = rows[:PAGE]
    older = [*rows[1:], None][: len(shown)]
    entries = tuple(
        _entry(row, base, fields, names) for row, base in zip(shown, older, strict=True)
    )
    return Timeline(entries, shown[-1].pgh_id if len(rows) > PAGE else None)


def relation_names(fields: Sequence[Field[Any, Any]], rows: Sequence[Any]) -> Names:
    """The names of what the rows' foreign keys point at: one query a foreign key in use."""
    names: dict[tuple[str, Any], str] = {}
    for field in fields:
        if not field.is_relation or field.related_model is None:
            continue
        keys = {getattr(row, field.attname) for row in rows} - {None}
        if keys:
            related: Any = field.related_model
            found = related._base_manager.in_bulk(keys)
            names |= {(field.name, key): str(found[key]) for key in keys if key in found}
    return names


def changes_between(
    old: Any, new: Any, fields: Sequence[Field[Any, Any]], names: Names
) -> tuple[Change, ...]:
    """What differs between two events' images."""
    return tuple(
        change
        for field in fields
        if (before := getattr(old, field.attname)) != (after := getattr(new, field.attname))
        for change in field_changes(field, before, after, names)
    )


def changes_since(event_model: type[Model], key: Any, version: int) -> list[str]:
    """Sentences on what happened to the record after its `version`, for a stale form."""
    events = event_model._base_manager.filter(pgh_obj_id=key).order_by("-pgh_id")
    rows: list[Any] = list(events[: PAGE + 1])
    seen = next((row for row in rows if row.version == version), None)
    if not rows or seen is None or rows[0].version == version:
        return []
    fields = tracked_fields(event_model)
    names = relation_names(fields, [rows[0], seen])
    last = rows[0]
    by = f" (by {_who(last)}, {last.pgh_created_at:%Y-%m-%d %H:%M} UTC)"
    found = changes_between(seen, last, fields, names)
    sentences = [
        f"{change.label}: changed"
        if change.lines
        else f"{change.label}: {change.old} → {change.new}"
        for change in found[:MAX_DESCRIBED]
    ]
    if len(found) > MAX_DESCRIBED:
        sentences.append(f"… and {len(found) - MAX_DESCRIBED} more")
    return [sentences[0] + by, *sentences[1:]] if sentences else []


def _entry(row: Any, base: Any, fields: Sequence[Field[Any, Any]], names: Names) -> Entry:
    context: dict[str, Any] = row.pgh_context or {}
    is_first = base is None
    changes = _first_image(row, fields, names) if is_first else ()
    if base is not None and row.pgh_label != "delete":
        changes = changes_between(base, row, fields, names)
    return Entry(
        key=row.pgh_id,
        verb=_verb(row, base),
        at=row.pgh_created_at,
        ago=ago(row.pgh_created_at),
        who=_who(row),
        source=SOURCES.get(context.get("source", ""), context.get("source", "")) or "Database",
        name=str(context.get("name", "")),
        reason=str(context.get("reason", "")),
        request_id=str(context.get("request_id", "")),
        token=str(context.get("token", "")),
        version=getattr(row, "version", None),
        changes=changes,
        is_first=is_first,
    )


def _who(row: Any) -> str:
    """The actor's name as it was then; without one, the database login."""
    context = row.pgh_context or {}
    return str(context.get("actor_name") or getattr(row, "pgh_login", "") or "unknown")


def _verb(row: Any, base: Any) -> str:
    deleted, was = getattr(row, "deleted_at", None), getattr(base, "deleted_at", None)
    if base is not None and row.pgh_label == "update" and deleted != was:
        return "Deleted" if deleted else "Restored"
    return VERBS.get(row.pgh_label, str(row.pgh_label).capitalize())


def _first_image(row: Any, fields: Sequence[Field[Any, Any]], names: Names) -> tuple[Change, ...]:
    image = (Change(field_label(f), new=show(f, getattr(row, f.attname), names)) for f in fields)
    return tuple(change for change in image if change.new != EMPTY)
