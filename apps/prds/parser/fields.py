"""The fields of one task out of its statements: criteria, estimate, priority, owner, tags.

A field that is stated twice with different values, or cannot be read for certain, stays empty and
leaves a note.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import TypeVar

from .estimates import EstimateError, read_estimate
from .labels import Statement, Topic
from .model import MAX_ASSIGNEE, MAX_TAGS, Criterion, Estimate, Note, Priority

Value = TypeVar("Value")

_WORDS: dict[Priority, str] = {
    "high": "critical|highest|urgent|blocker|high|p0|p1|must|must have",
    "medium": "medium|normal|moderate|med|p2|should|should have",
    "low": "low|lowest|minor|p3|p4|p5|could|could have|nice to have",
}
_PRIORITIES = {word: level for level, words in _WORDS.items() for word in words.split("|")}
_BRACKETS = re.compile(r"\([^()]{0,200}\)")
_NOBODY = frozenset({"", "tbd", "tba", "none", "na", "unassigned", "nobody", "open"})
_SEVERAL = re.compile(r",|;|/|&|\s(?:and|or)\s", re.IGNORECASE)
_TAG_BORDER = re.compile(r"[,;]|\s+(?=#)")


@dataclass(slots=True)
class Fields:
    """What the statements of one task say."""

    criteria: list[Criterion] = field(default_factory=list)
    estimate: Estimate | None = None
    priority: Priority | None = None
    assignee: str | None = None
    tags: tuple[str, ...] = ()
    notes: list[Note] = field(default_factory=list)


def read_fields(key: str, statements: Iterable[Statement]) -> Fields:
    """Fill the fields of the task `key`."""
    result = Fields()
    estimates: list[Estimate] = []
    priorities: list[tuple[Priority, int]] = []
    assignees: list[tuple[str, int]] = []
    tags: dict[str, int] = {}
    prose_criteria: int | None = None

    def note(code: str, message: str, line: int | None) -> None:
        result.notes.append(Note(code, message, line))

    for statement in statements:
        text, line = statement.text, statement.line
        if statement.odd_box:
            note(
                "odd_checkbox",
                f"{key}: this looks like a checkbox but is none; write `[ ]` or `[x]`.",
                line,
            )
        if statement.topic is Topic.CRITERIA:
            if statement.odd_box:
                continue
            if statement.box is None and not statement.item and not statement.labelled:
                prose_criteria = prose_criteria or line
            elif text:
                result.criteria.append(Criterion(text, statement.box == "x", line))
            else:
                note("empty_criterion", f"{key}: this criterion has no text.", line)
        elif statement.topic is Topic.ESTIMATE:
            try:
                estimates.append(read_estimate(text, line))
            except EstimateError as error:
                note(error.code, f"{key}: {error}", line)
        elif statement.topic is Topic.PRIORITY:
            level = _PRIORITIES.get(_word(text))
            if level:
                priorities.append((level, line))
            else:
                note(
                    "priority_unreadable",
                    f"{key}: {_short(text)} is none of the known priorities.",
                    line,
                )
        elif statement.topic is Topic.ASSIGNEE:
            name = text.strip().strip("`*_").removeprefix("@").strip()
            if _word(name) in _NOBODY:
                continue
            if _SEVERAL.search(name) or len(name) > MAX_ASSIGNEE:
                note(
                    "assignee_unclear",
                    f"{key}: {_short(name)} does not name one person.",
                    line,
                )
            else:
                assignees.append((name, line))
        elif statement.topic is Topic.TAGS:
            for tag in _TAG_BORDER.split(text):
                tag = tag.strip().strip("`*_#").strip()
                if tag:
                    tags.setdefault(tag, line)

    if prose_criteria and not result.criteria:
        note(
            "criteria_not_a_list",
            f"{key}: its acceptance criteria are no list, so none was read.",
            prose_criteria,
        )
    ranges = [((e.low_minutes, e.high_minutes), e.line) for e in estimates]
    if _agreed(key, "estimate", ranges, result.notes) is not None:
        result.estimate = estimates[0]
    result.priority = _agreed(key, "priority", priorities, result.notes)
    result.assignee = _agreed(key, "assignee", assignees, result.notes)
    result.tags = tuple(tags)[:MAX_TAGS]
    if len(tags) > MAX_TAGS:
        left = ", ".join(list(tags)[MAX_TAGS : MAX_TAGS + 5])
        note(
            "too_many_tags",
            f"{key}: a task has at most {MAX_TAGS} tags; left out from: {_short(left)}.",
            tags[list(tags)[MAX_TAGS]],
        )
    return result


def _agreed(key: str, name: str, found: list[tuple[Value, int]], notes: list[Note]) -> Value | None:
    """The one value that every statement gives; several values are nobody's to choose from."""
    if not found:
        return None
    value, first = found[0]
    for other, line in found[1:]:
        if other != value:
            notes.append(
                Note(
                    f"{name}_conflict",
                    f"{key}: its {name} is stated on line {first} and differently here; "
                    "none was taken.",
                    line,
                )
            )
            return None
    return value


def _word(text: str) -> str:
    """A value without brackets, emoji, marks."""
    text = _BRACKETS.sub(" ", text[:500]).lower().replace("-", " ")
    return " ".join(re.sub(r"[^a-z0-9| ]", "", text).split())


def _short(text: str) -> str:
    return f"\u201c{text[:77]}\u2026\u201d" if len(text) > 80 else f"\u201c{text}\u201d"
