"""A text as words, and a word as the forms under which a table may have it."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator

MOST_CHARACTERS = 1_000  # of a text are read, so that the time has a bound
_WORD = re.compile(r"[^\W_]+(?:['\u2019-][^\W_]+)*")
# What stands in front of a title: list marks, boxes, numbers, ids such as `ST-008-01:`, `[API]`.
_FRONT = re.compile(
    r"(?:[-*+\u2022#>]+\s+|\[[^\]]{0,40}\]\s*|[0-9]+(?:\.[0-9]+)*[.):]?\s+"
    r"|[a-z]{1,12}(?:-[0-9]+)+\s*[:.)\u2013\u2014-]?\s+)",
)
_PREFIX = re.compile(r"([a-z]{2,12})(?:\([^)]{0,60}\))?!?:\s")
_VOWELS = frozenset("aeiou")


def plain(text: str) -> str:
    """A text in one form of each character, without a difference of case."""
    return unicodedata.normalize("NFKC", text[:MOST_CHARACTERS]).casefold()


def title(text: str) -> str:
    """What remains of a plain text when list marks, numbers and ids in front of it are gone."""
    rest = text.lstrip()
    while rest and (front := _FRONT.match(rest)):
        rest = rest[front.end() :].lstrip()
    return rest


def prefix(text: str) -> str:
    """`feat` of `feat(scope): …`, or nothing."""
    found = _PREFIX.match(text)
    return found[1] if found else ""


def words(text: str) -> list[str]:
    """The words of a plain text."""
    return _WORD.findall(text)


def forms(word: str) -> Iterator[str]:
    """The word and what it may be an ending of: `migrating` → `migrate`, `planned` → `plan`.

    Some of these are no words. That does no harm, since no table has them.
    """
    yield word
    for ending, replacements in (
        ("ies", ("y",)),
        ("es", ("", "e")),
        ("s", ("",)),
        ("ied", ("y",)),
        ("ed", ("", "e")),
        ("ing", ("", "e")),
    ):
        stem = word.removesuffix(ending)
        if stem == word or len(stem) < 2:
            continue
        yield from (stem + replacement for replacement in replacements)
        if len(stem) > 3 and stem[-1] == stem[-2] and stem[-1] not in _VOWELS:
            yield stem[:-1]
