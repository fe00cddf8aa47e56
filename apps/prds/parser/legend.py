"""How a section about dependencies explains its own arrows."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from .clauses import ARROW, VERB, Relation

_ARROW = r"(?:arrows?|->|=>|-->|[\u2192\u21d2\u279c\u2794\u27f6\u27f9])"
# "A → B: B needs A"; the letters stand for tasks.
_LETTERS = re.compile(
    rf"\b([A-Z])\b\s*{_ARROW}\s*\b([A-Z])\b.{{0,60}}?\b([A-Z])\b(.{{1,60}}?)\b([A-Z])\b"
)
# "→ means needs", "an arrow reads 'is needed by'", "A → B (depends on)".
_BEFORE_VERB = re.compile(rf"{_ARROW}\W{{0,4}}(?:[A-Za-z]{{1,12}}\W{{1,4}}){{0,2}}$", re.IGNORECASE)
_WORD = re.compile(r"\barrows?\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Legend:
    """What `left → right` says; None where the explanation is not certain."""

    relation: Relation | None
    text: frozenset[str]


def read_legend(texts: Iterable[str]) -> Legend:
    """Read the explanation from a section's title and its texts without ids."""
    found: set[Relation | None] = set()
    legends: set[str] = set()
    for text in texts:
        if len(text) <= 400 and (_WORD.search(text) or ARROW.search(text)):
            relation = _read(text)
            if relation is not None or _WORD.search(text) or _LETTERS.search(text):
                found.add(relation)
                legends.add(text)
    if not found:
        return Legend(Relation.NEEDED_BY, frozenset())
    return Legend(found.pop() if len(found) == 1 else None, frozenset(legends))


def _read(text: str) -> Relation | None:
    letters = _LETTERS.search(text)
    if letters:
        verb = VERB.search(letters[4])
        if not verb or {letters[1], letters[2]} != {letters[3], letters[5]}:
            return None
        left_first = letters[1] == letters[3]
        return Relation.NEEDS if left_first == bool(verb["needs"]) else Relation.NEEDED_BY
    verbs = list(VERB.finditer(text))
    if len(verbs) == 1 and _BEFORE_VERB.search(text[: verbs[0].start()]):
        return Relation.NEEDED_BY if verbs[0]["by"] else Relation.NEEDS
    return None
