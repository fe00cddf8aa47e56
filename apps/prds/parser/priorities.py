"""Words for priorities and MoSCoW, as a table."""

from __future__ import annotations

import re

from .model import Priority

_WORDS: dict[Priority, str] = {
    "high": "critical|highest|urgent|blocker|high|very high|p0|p1|must|must have|must haves|"
    "essential|mandatory|required|top|asap|showstopper|prio 1|h|m1",
    "medium": "medium|normal|moderate|med|p2|should|should have|should haves|important|default|"
    "average|prio 2|m",
    "low": "low|lowest|minor|p3|p4|p5|could|could have|could haves|nice to have|nice to haves|"
    "optional|trivial|very low|prio 3|l",
}
_LEVELS = {word: level for level, words in _WORDS.items() for word in words.split("|")}
# What a bracket in a title may say and still be a priority.
_MARKS = re.compile(
    r"p[0-5]|(?:must|should|could|nice[- ]to)[- ]?haves?|must|should|could|critical|urgent|"
    r"(?:high|medium|low)(?:est)?(?: prio(?:rity)?)?|blocker",
    re.IGNORECASE,
)
_TITLES = re.compile(
    r"(?:p[0-5]|(?:must|should|could|nice[- ]to)[- ]haves?|must|should|could|"
    r"(?:critical|high|medium|low)(?: priority)?|critical|urgent)",
    re.IGNORECASE,
)
_SHOUTS: dict[str, Priority] = {"!!!": "high", "!!": "high"}
_BRACKETS = re.compile(r"\([^()]{0,200}\)")


def read_priority(text: str, *, marks_only: bool = False) -> Priority | None:
    """The level of a word such as `P1`, `Must have` or `!!`."""
    shout = _SHOUTS.get(text.strip())
    if shout:
        return shout
    if marks_only and not _MARKS.fullmatch(text.strip()):
        return None
    word = priority_word(text)
    return _LEVELS.get(word) or _LEVELS.get(word.removesuffix(" priority").removesuffix(" prio"))


def priority_of_title(title: str) -> Priority | None:
    """The level of a section that is named after one: "Must have (MVP)", "P1"."""
    name = _BRACKETS.sub(" ", title[:200]).strip(" :*_")
    return read_priority(name) if _TITLES.fullmatch(name) else None


def priority_word(text: str) -> str:
    """A value without brackets, emoji, marks."""
    text = _BRACKETS.sub(" ", text[:500]).lower().replace("-", " ")
    return " ".join(re.sub(r"[^a-z0-9| ]", "", text).split())
