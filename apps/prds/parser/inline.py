"""Marks within a title: `(3h)`, `[P1]`, `@ada`, `#web`, `!!`, `(depends on 3)`.

A mark is taken out of the title only where the whole bracket is one, or a word at either end.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from .estimates import EstimateError, read_effort
from .labels import STATED, Topic, labelled
from .priorities import read_priority

_BRACKET = re.compile(r"(?<!\])[(\[]([^()\[\]]{1,200})[)\]](?!\()")
_NAME = re.compile(r"@[A-Za-z][\w.-]{0,38}")
_TAG = re.compile(r"#[A-Za-z][\w-]{0,49}")
_SHOUT = re.compile(r"!{2,3}")
_WORDS = ((_NAME, Topic.ASSIGNEE), (_TAG, Topic.TAGS), (_SHOUT, Topic.PRIORITY))
_LABELS_AT_END = frozenset(
    {Topic.ESTIMATE, Topic.PRIORITY, Topic.ASSIGNEE, Topic.TAGS, Topic.DEPENDS_ON}
)
_BREAKS = re.compile(r"[.;,|]\s+")
_PREPOSITIONS = "and or with by for to from of via ask see in as"
_BEFORE_OBJECT = frozenset(_PREPOSITIONS.split())
_MAX_MARKS = 20
_TAIL = re.compile(r"\s+[\u2013\u2014|\u00b7-]\s+([^\u2013\u2014|\u00b7-]{1,40}(?:-[^-]{1,20})?)$")
_PARALLEL = re.compile(r"p|parallel", re.IGNORECASE)
_PARTS = re.compile(r"\s*[;|\u00b7]\s*|,\s+")
_COUNTED = re.compile(r"[0-9\u00bc-\u00be]|\b(?:half|an?|one|two|three|four|five)\b", re.I)
_MAX_BRACKETS = 10


@dataclass(slots=True)
class Marks:
    """A title without its marks, and what the marks say."""

    title: str
    found: list[tuple[Topic, str]] = field(default_factory=list)


def read_marks(title: str) -> Marks:
    """Take the marks out of a title."""
    if len(title) > 1_000:
        return Marks(title)
    marks = Marks(title)
    title = rest = " ".join(title.split())  # single spaces keep every pattern linear
    for bracket in list(_BRACKET.finditer(title))[:_MAX_BRACKETS]:
        said = list(_read_bracket(bracket[1].strip(), square=bracket[0][0] == "["))
        if said:
            marks.found += said
            rest = rest.replace(bracket[0], " ", 1)
    rest = _take_ends(rest.strip(), marks)
    tail = _TAIL.search(rest)
    if tail and _is_effort(tail[1]):
        marks.found.append((Topic.ESTIMATE, tail[1].strip()))
        rest = _take_ends(rest[: tail.start()].strip(), marks)
    if marks.found:
        marks.title = re.sub(r"\s+([.,:;])", r"\1", " ".join(rest.split())).strip(" ,;|\u00b7")
    return marks


def _take_ends(text: str, marks: Marks) -> str:
    """Take names, tags and labelled parts off the ends; in the middle they belong to a sentence."""
    for _ in range(_MAX_MARKS):
        head, _, last = text.rpartition(" ")
        first, _, tail = text.partition(" ")
        topic = _topic_of_word(last)
        if head and topic and head.rpartition(" ")[2].lower() not in _BEFORE_OBJECT:
            marks.found.append((topic, last))
            text = head.rstrip()
        elif tail and _topic_of_word(first):
            marks.found.append((_topic_of_word(first) or Topic.TAGS, first))
            text = tail.lstrip()
        else:
            parts = list(_BREAKS.finditer(text))
            said = text[parts[-1].end() :].strip(" .") if parts else ""
            label = labelled(said) if said else None
            if label is None or label[0] not in _LABELS_AT_END:
                break
            marks.found.append(label)
            text = text[: parts[-1].start()].rstrip()
    return text


def _topic_of_word(word: str) -> Topic | None:
    return next((topic for pattern, topic in _WORDS if pattern.fullmatch(word)), None)


def _read_bracket(text: str, *, square: bool) -> Iterator[tuple[Topic, str]]:
    """The statements of a bracket, or nothing if one part of it is none."""
    if STATED.match(text):
        yield Topic.DEPENDS_ON, text
        return
    parts = [part for part in _PARTS.split(text) if part]
    found = [_read_part(part, square=square) for part in parts]
    if found and None not in found:
        yield from (part for part in found if part is not None)


def _read_part(text: str, *, square: bool) -> tuple[Topic, str] | None:
    label = labelled(text)
    if label and label[0] is not Topic.CRITERIA:
        return label
    if STATED.match(text):
        return Topic.DEPENDS_ON, text
    if square and _PARALLEL.fullmatch(text):
        return Topic.PARALLEL, ""
    if _is_effort(text):
        return Topic.ESTIMATE, text
    if read_priority(text, marks_only=True):
        return Topic.PRIORITY, text
    if _NAME.fullmatch(text):
        return Topic.ASSIGNEE, text
    return (Topic.TAGS, text) if _TAG.fullmatch(text) else None


def _is_effort(text: str) -> bool:
    if not _COUNTED.search(text):
        return False
    try:
        read_effort(text, 1)
    except EstimateError:
        return False
    return True
