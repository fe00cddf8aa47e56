"""A record's history as the console shows it: what, when, who, through which door, why."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Field, GeneratedField, JSONField, Model

from apps.audit.events import event_time, events_of
from apps.audit.history import Entry, LinkChange, Operation, changed_fields, read_history
from apps.core.admin.diffs import EMPTY, Change, Names, field_changes, field_label, show
from apps.core.admin.display import ago

PAGE = 20
VERBS = {
    Operation.CREATED: "Created",
    Operation.UPDATED: "Changed",
    Operation.DELETED: "Deleted",
    Operation.RESTORED: "Restored",
    Operation.REMOVED: "Removed",
}
SOURCES = {"api": "API", "console": "Console", "command": "Command", "job": "Job"}
MAX_DESCRIBED = 12
WIDE = (GeneratedField, JSONField)  # no record is called by these


@dataclass(frozen=True, slots=True)
class ShownLinks:
    """The links of one kind that came or went."""

    label: str
    added: tuple[str, ...]
    removed: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ShownEntry:
    """An entry in words."""

    entry: Entry
    verb: str
    ago: str
    who: str
    source: str
    changes: tuple[Change, ...]
    links: tuple[ShownLinks, ...]

    @property
    def instant(self) -> str:
        """Its time as the as-of view takes it."""
        return self.entry.at.isoformat()


@dataclass(frozen=True, slots=True)
class Timeline:
    """A page of entries, newest first, and the cursor of the older ones."""

    entries: tuple[ShownEntry, ...]
    older: UUID | None


def timeline(model: type[Model], key: Any, before: UUID | None = None) -> Timeline:
    """A page of the history of the record `key`, of what is older than `before`."""
    page = read_history(model, key, limit=PAGE, before=before)
    values: list[tuple[Any, Any]] = []
    for entry in page.entries:
        for change in entry.field_changes():
            values += [(change.field, change.before), (change.field, change.after)]
        for link in entry.links:
            values += [_target(link.link, row) for row in (link.before, link.after) if row]
    names = relation_names(values)
    return Timeline(tuple(_shown(entry, names) for entry in page.entries), page.older)


def relation_names(values: Iterable[tuple[Field[Any, Any], Any]]) -> Names:
    """The names of what foreign keys point at: one query for each kind of record."""
    keys: dict[Any, set[Any]] = {}
    fields: dict[Any, set[str]] = {}
    for field, value in values:
        if field.is_relation and value is not None:
            keys.setdefault(field.related_model, set()).add(value)
            fields.setdefault(field.related_model, set()).add(field.name)
    names: dict[tuple[str, Any], str] = {}
    for related, wanted in keys.items():
        wide = [f.name for f in related._meta.concrete_fields if isinstance(f, WIDE)]
        found = related._base_manager.select_related().defer(*wide).in_bulk(wanted)
        names |= {(name, key): str(found[key]) for key in found for name in fields[related]}
    return names


def changes_since(model: type[Model], key: Any, version: int) -> list[str]:
    """Sentences on what happened to the record after its `version`, for a stale form."""
    rows: list[Any] = list(events_of(model, key)[: PAGE + 1])
    seen = next((row for row in rows if row.version == version), None)
    if not rows or seen is None or rows[0].version == version:
        return []
    last = rows[0]
    changed = changed_fields(seen, last)
    names = relation_names((c.field, value) for c in changed for value in (c.before, c.after))
    by = f" (by {who(last)}, {event_time(last.pgh_id):%Y-%m-%d %H:%M} UTC)"
    found = [shown for c in changed for shown in field_changes(c.field, c.before, c.after, names)]
    sentences = [
        f"{change.label}: changed"
        if change.lines
        else f"{change.label}: {change.old} → {change.new}"
        for change in found[:MAX_DESCRIBED]
    ]
    if len(found) > MAX_DESCRIBED:
        sentences.append(f"… and {len(found) - MAX_DESCRIBED} more")
    return [sentences[0] + by, *sentences[1:]] if sentences else []


def who(event: Any) -> str:
    """The actor's name as it was then; without one, the database login."""
    return str((event.pgh_context or {}).get("actor_name") or event.pgh_login or "unknown")


def through(event: Any) -> str:
    """Through which door the change came."""
    source = str((event.pgh_context or {}).get("source", ""))
    return SOURCES.get(source, source) or "Database"


def written_at(event: Any) -> datetime:
    """When the event was written."""
    return event_time(event.pgh_id)


def _shown(entry: Entry, names: Names) -> ShownEntry:
    if entry.is_first:
        image = (
            Change(field_label(c.field), new=show(c.field, c.after, names))
            for c in entry.field_changes()
        )
        changes = tuple(change for change in image if change.new != EMPTY)
    else:
        changes = tuple(
            shown
            for c in entry.field_changes()
            for shown in field_changes(c.field, c.before, c.after, names)
        )
    return ShownEntry(
        entry=entry,
        verb=VERBS[entry.operation],
        ago=ago(entry.at),
        who=who(entry.newest),
        source=through(entry.newest),
        changes=changes,
        links=tuple(_shown_links(entry.links, names)),
    )


def _shown_links(changes: Sequence[LinkChange], names: Names) -> Iterable[ShownLinks]:
    for kind in dict.fromkeys(change.link.name for change in changes):
        of_kind = [change for change in changes if change.link.name == kind]
        yield ShownLinks(
            kind.replace("_", " ").capitalize(),
            added=tuple(link_text(c.link, c.after, names) for c in of_kind if c.after),
            removed=tuple(link_text(c.link, c.before, names) for c in of_kind if c.before),
        )


def link_text(link: Any, row: Any, names: Names) -> str:
    """What a row links to, with the words of its further columns."""
    field, value = _target(link, row)
    shown = [show(row._meta.get_field(name), getattr(row, name), names) for name in link.shows]
    remarks = f" ({', '.join(shown).lower()})" if shown else ""
    return f"{show(field, value, names)}{remarks}"


def _target(link: Any, row: Any) -> tuple[Any, Any]:
    field = row._meta.get_field(link.to)
    return field, getattr(row, field.attname)
