"""When two texts mean the same task."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TypeVar

from rapidfuzz import fuzz, process, utils

KeyT = TypeVar("KeyT")

ALIKE = 92.0
"""Two texts above this `token_set_ratio` are one task: whatever the order and case of their words,
and also if one has words that the other leaves out."""


def plain(text: str) -> str:
    """Lower case, letters and digits; a text without any stays as it is."""
    return utils.default_process(text) or text.strip()


def are_alike(one: str, other: str) -> bool:
    """Whether two plain texts mean the same task."""
    return one == other or fuzz.token_set_ratio(one, other) > ALIKE


def most_alike(text: str, others: Mapping[KeyT, str]) -> tuple[KeyT, float] | None:
    """Which of `others`, plain texts by key, means the same as the plain `text`; how alike."""
    found = process.extractOne(
        text, others, scorer=fuzz.token_set_ratio, processor=None, score_cutoff=ALIKE
    )
    if found is None or (found[1] <= ALIKE and found[0] != text):
        return None
    return found[2], round(float(found[1]), 1)


def plain_texts(texts: Iterable[tuple[KeyT, str]]) -> dict[KeyT, str]:
    """Each text made plain, by its key."""
    return {key: plain(text) for key, text in texts}
