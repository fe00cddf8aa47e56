"""A record as it was at an instant, beside what it is now."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from django.db.models import Field, JSONField, Model
from django.utils import timezone
from django.utils.dateparse import parse_datetime

from apps.audit.events import events_of, link_sources, tracked_fields
from apps.audit.snapshots import event_as_of, links_as_of
from apps.core.admin.diffs import Change, Names, field_changes, field_label, show
from apps.core.admin.display import items, json_block, text_block
from apps.core.services import differ

from .timeline import link_text, relation_names, through, who, written_at

LONG = 160
BIN = frozenset({"deleted_at", "deleted_by"})


@dataclass(frozen=True, slots=True)
class ShownValue:
    """A field then; `changes` says what differs now."""

    label: str
    value: Any
    changes: tuple[Change, ...] = ()


@dataclass(frozen=True, slots=True)
class Image:
    """A record at `moment`: its values, or why there are none (`absence`)."""

    moment: datetime
    values: tuple[ShownValue, ...] = ()
    absence: str = ""
    version: int | None = None
    since: datetime | None = None
    who: str = ""
    source: str = ""
    is_now: bool = False

    @property
    def differing(self) -> int:
        """How many values differ now."""
        return sum(1 for value in self.values if value.changes)


def parse_moment(text: str) -> datetime | None:
    """An instant as the form sends it (UTC) or as a link has it; None for anything else."""
    try:
        moment = parse_datetime(text.strip().replace(" ", "+"))
        if moment is None:
            return None
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def image_as_of(model: type[Model], key: Any, moment: datetime, newest: Any) -> Image:
    """The record `key` at `moment`, compared with `newest`, its last event."""
    event = event_as_of(model, key, moment)
    if event is None:
        first = events_of(model, key).last()
        began = written_at(first).strftime("%Y-%m-%d %H:%M:%S")
        return Image(moment, absence=f"It did not exist then. Its history begins at {began} UTC.")
    if event.pgh_label == "delete":
        gone = written_at(event).strftime("%Y-%m-%d %H:%M:%S")
        return Image(moment, absence=f"It was removed at {gone} UTC.")
    now = None if newest.pgh_label == "delete" else newest
    # As the model has them, but for its bin: what a record is comes first.
    fields = sorted(tracked_fields(type(event)), key=lambda f: f.name in BIN)
    pairs = [(f, getattr(row, f.attname)) for row in (event, now) if row for f in fields]
    then_links = links_as_of(model, key, moment)
    now_links = links_as_of(model, key, timezone.now())
    for source in link_sources(model):
        field = source.event_model._meta.get_field(source.link.to)
        for links in (then_links, now_links):
            pairs += [(field, getattr(row, field.attname)) for row in links[source.link.name]]
    names = relation_names(pairs)
    values = [_value(field, event, now, names) for field in fields]
    values += _links(model, then_links, now_links, names, compared=now is not None)
    return Image(
        moment,
        values=tuple(values),
        version=getattr(event, "version", None),
        since=written_at(event),
        who=who(event),
        source=through(event),
        is_now=event.pgh_id == newest.pgh_id,
    )


def _value(field: Field[Any, Any], event: Any, now: Any, names: Names) -> ShownValue:
    value = getattr(event, field.attname)
    changes: tuple[Change, ...] = ()
    if now is not None and differ(value, getattr(now, field.attname)):
        changes = tuple(field_changes(field, value, getattr(now, field.attname), names))
    return ShownValue(field_label(field), _whole(field, value, names), changes)


def _whole(field: Field[Any, Any], value: Any, names: Names) -> Any:
    """The value in full, where a list of changes would cut it."""
    if isinstance(field, JSONField) and value and not all(isinstance(v, str) for v in value):
        return json_block(value)
    if isinstance(value, str) and not field.flatchoices and ("\n" in value or len(value) > LONG):
        return text_block(value)
    return show(field, value, names)


def _links(
    model: type[Model], then: Any, now: Any, names: Names, *, compared: bool
) -> Iterator[ShownValue]:
    for source in link_sources(model):
        link = source.link
        before, after = (
            [link_text(link, row, names) for row in links[link.name]] for links in (then, now)
        )
        if before or after:
            changes: tuple[Change, ...] = ()
            if compared and set(before) != set(after):
                old, new = (
                    ", ".join(sorted(set(a) - set(b)))
                    for a, b in ((before, after), (after, before))
                )
                changes = (Change(link.name, old, new),)
            label = link.name.replace("_", " ").capitalize()
            yield ShownValue(label, items(before), changes)
