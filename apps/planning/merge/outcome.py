"""What an entry writes, given what the reviewer said of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from .model import Entry

MINE, THEIRS = "mine", "theirs"


@dataclass(frozen=True, slots=True)
class Answers:
    """A reviewer's word: whether at all, which side of a field, or a value of their own."""

    decision: str
    choices: Mapping[str, str] = field(default_factory=dict)
    values: Mapping[str, Any] = field(default_factory=dict)


def open_questions(entry: Entry, answers: Answers) -> list[str]:
    """The fields without whose answer the entry cannot be applied; `""` is the entry itself."""
    if answers.decision in ("rejected", "postponed"):
        return []
    if answers.decision != "accepted" or entry.candidates:
        return [""]
    answered = answers.choices.keys() | answers.values.keys()
    if answers.choices.get("deleted") == MINE:
        return []
    return [
        change.field
        for change in entry.changes
        if change.verdict == "conflict" and change.field not in answered
    ]


def writes(entry: Entry, answers: Answers) -> dict[str, Any]:
    """The values that applying the entry gives its task, by field; of an `add`, all that it has."""
    if answers.decision != "accepted" or answers.choices.get("deleted") == MINE:
        return {}
    result: dict[str, Any] = {}
    for change in entry.changes:
        if change.field in answers.values:
            continue
        if answers.choices.get(change.field) != MINE:
            result[change.field] = change.result
    return {**result, **answers.values}
