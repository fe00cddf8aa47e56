"""The front matter between two `---` lines: names with values, nothing nested.

Only what a person can check at a glance is read: `name: value`, `name: [a, b]`, and a list of
`- value` lines. YAML can do far more, and all of it would be a way to surprise the author.
"""

from __future__ import annotations

import re

from .model import MetaField

_ENTRY = re.compile(r"([A-Za-z][\w .-]{0,60}?)\s*:(?:\s+(.*))?")
_VALUE = re.compile(r"\s*-\s+(.*)")
_COMMENT = re.compile(r"\s#.*")
_MAX_FIELDS = 100
_MAX_VALUES = 100


def read_front_matter(content: str, first_line: int) -> tuple[tuple[MetaField, ...], list[int]]:
    """The entries in order, and the lines that are none."""
    found: list[tuple[str, list[str], int]] = []
    unread: list[int] = []
    for line, text in enumerate(content.split("\n"), start=first_line):
        if not text.strip() or text.lstrip().startswith("#"):
            continue
        entry, value = _ENTRY.fullmatch(text), _VALUE.fullmatch(text)
        if entry and len(found) < _MAX_FIELDS:
            found.append((entry[1], _values(entry[2] or ""), line))
        elif value and found and len(found[-1][1]) < _MAX_VALUES:
            found[-1][1].append(_plain(value[1]))
        else:
            unread.append(line)
    return tuple(MetaField(name, tuple(values), line) for name, values, line in found), unread


def _values(text: str) -> list[str]:
    text = text.strip()
    if text.startswith("[") and text.endswith("]"):
        return [value for part in text[1:-1].split(",")[:_MAX_VALUES] if (value := _plain(part))]
    value = _plain(text)
    return [value] if value else []


def _plain(text: str) -> str:
    text = text.strip()
    for quote in ('"', "'"):
        if len(text) > 1 and text[0] == quote and quote in text[1:]:
            return text[1 : text.rindex(quote)]
    return _COMMENT.sub("", text).rstrip()
