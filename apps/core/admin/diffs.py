"""What changed between two images of a row, in words a person reads."""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db.models import Field, JSONField
from django.utils import timezone

from apps.core.services import differ

EMPTY = "—"
LONG_TEXT = 160
DIFF_LIMIT = 200_000
DIFF_LINES = 60
JSON_PATHS = 20
VALUE_LENGTH = 500

Names = Mapping[tuple[str, Any], str]


@dataclass(frozen=True, slots=True)
class Change:
    """One field's change: a short pair of values, or lines marked `+`, `-`, ` ` or `@`."""

    label: str
    old: str = ""
    new: str = ""
    lines: tuple[tuple[str, str], ...] = ()


def field_label(field: Field[Any, Any]) -> str:
    """The field's name as the console writes it."""
    name = str(field.verbose_name)
    related = field.related_model
    if related is not None and not isinstance(related, str):
        kind = str(related._meta.verbose_name)
        name = kind if kind.lower() == name.lower() else name  # "PRD", not "Prd"
    return name[:1].upper() + name[1:]


def show(field: Field[Any, Any], value: Any, names: Names) -> str:
    """A value as text: labels of choices, names of foreign keys, ISO times, no Python notation."""
    if value is None or value == "" or value in ([], {}):
        return EMPTY
    if field.is_relation:
        return names.get((field.name, value), str(value))
    choices = dict(field.flatchoices)
    return shorten(str(choices[value]) if choices and value in choices else plain(value))


def plain(value: Any) -> str:
    """`value` without Python's notation."""
    match value:
        case None | "":
            return EMPTY
        case bool():
            return "Yes" if value else "No"
        case datetime():
            return timezone.localtime(value).strftime("%Y-%m-%d %H:%M:%S")
        case date():
            return value.isoformat()
        case list():
            return ", ".join(plain(item) for item in value) or EMPTY
        case dict():
            return "; ".join(f"{key}: {plain(item)}" for key, item in value.items()) or EMPTY
        case _:
            return str(value)


def shorten(text: str) -> str:
    """`text`, cut where a page would suffer."""
    return text if len(text) <= VALUE_LENGTH else f"{text[:VALUE_LENGTH]}…"


def field_changes(field: Field[Any, Any], old: Any, new: Any, names: Names) -> Iterator[Change]:
    """The changes of one field; JSON gives one a path, up to twenty; what is derived, one line."""
    label = field_label(field)
    if isinstance(field, JSONField) and not field.editable and _nested(old, new):
        before, after = dict(_paths(old)), dict(_paths(new))
        count = sum(before.get(path) != after.get(path) for path in {**before, **after})
        yield Change(label, new=f"{count} value{'' if count == 1 else 's'} changed")
    elif isinstance(field, JSONField) and _nested(old, new):
        yield from _json_changes(label, old, new)
    elif isinstance(old, str) and isinstance(new, str) and _is_long(old, new):
        yield Change(label, lines=tuple(_line_diff(old, new)))
    else:
        yield Change(label, show(field, old, names), show(field, new, names))


def _is_long(old: str, new: str) -> bool:
    return bool(old) and ("\n" in old + new or max(len(old), len(new)) > LONG_TEXT)


def _line_diff(old: str, new: str) -> Iterator[tuple[str, str]]:
    if len(old) + len(new) > DIFF_LIMIT:
        yield (
            "@",
            f"Changed from {len(old):,} to {len(new):,} characters; too long to compare here.",
        )
        return
    lines = difflib.unified_diff(old.splitlines(), new.splitlines(), lineterm="", n=2)
    for number, line in enumerate(lines):
        if number < 3 and not line.startswith(" "):  # file names and the first position
            continue
        if number > DIFF_LINES:
            yield "@", "… the rest of the change is not shown"
            return
        yield line[:1], "…" if line.startswith("@@") else shorten(line[1:])


def _nested(old: Any, new: Any) -> bool:
    return any(
        isinstance(value, dict)
        or (isinstance(value, list) and any(isinstance(item, dict | list) for item in value))
        for value in (old, new)
    )


def _json_changes(label: str, old: Any, new: Any) -> Iterator[Change]:
    before, after = dict(_paths(old)), dict(_paths(new))
    changed = [p for p in {**before, **after} if differ([before.get(p)], [after.get(p)])]
    for path in changed[:JSON_PATHS]:
        name = f"{label} {path}".strip()
        old_text, new_text = (shorten(plain(side.get(path))) for side in (before, after))
        if path or len(changed) == 1 or old_text != new_text:  # else: from empty to what follows
            yield Change(name, old_text, new_text)
    if len(changed) > JSON_PATHS:
        yield Change(label, new=f"… and {len(changed) - JSON_PATHS} more values")


def _paths(value: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    """Each leaf with its path. Rows of a list count from one, as people do."""
    if isinstance(value, dict) and value:
        for key, item in value.items():
            yield from _paths(item, f"{path}.{key}" if path else str(key))
    elif isinstance(value, list) and any(isinstance(item, dict | list) for item in value):
        for number, item in enumerate(value, 1):
            yield from _paths(item, f"{path}[{number}]")
    else:
        yield path, value
