"""What a plan writes, given what the reviewer said of its entries."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from .model import NEW, Entry, Holder, Inputs, Merge

MINE, THEIRS = "mine", "theirs"


@dataclass(frozen=True, slots=True)
class Answers:
    """A reviewer's word: whether at all, which side of a field, or a value of their own."""

    decision: str
    choices: Mapping[str, str] = field(default_factory=dict)
    values: Mapping[str, Any] = field(default_factory=dict)


def open_questions(entry: Entry, answers: Answers) -> list[str]:
    """The fields without whose answer the entry cannot be applied; `""` is the entry itself.

    An entry that asks which earlier item it is must be told: what is left open would be kept under
    ids and titles that the document has given to others.
    """
    if entry.candidates:
        return [""]
    if answers.decision in ("rejected", "postponed"):
        return []
    if answers.decision != "accepted":
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


def settle(
    inputs: Inputs, merged: Merge, answers: Mapping[str, Answers]
) -> dict[str, dict[str, Any]]:
    """What applying writes, by the names of the accepted entries.

    A new task that is not wanted is no dependency, and what was to stand below it stands below the
    nearest task above.
    """
    accepted = [e for e in merged.entries if answers[e.name].decision == "accepted"]
    added = {NEW + entry.key for entry in accepted if entry.kind == "add"}
    above = {item.key: item.values["parent"] for item in inputs.items}

    def is_there(task: str) -> bool:
        return not task.startswith(NEW) or task in added

    def nearest(task: str | None) -> str | None:
        while task and not is_there(task):
            key = above[task.removeprefix(NEW)]
            task = merged.tasks.get(key) if key else None
        mine = inputs.mine.get(task) if task else None
        return None if mine and mine.deleted else task

    written = {}
    for entry in accepted:
        values = writes(entry, answers[entry.name])
        if "parent" in values:
            values["parent"] = nearest(values["parent"])
        if "dependencies" in values:
            values["dependencies"] = [task for task in values["dependencies"] if is_there(task)]
        written[entry.name] = values
    return written


def withheld_ids(
    inputs: Inputs, merged: Merge, written: Mapping[str, Mapping[str, Any]]
) -> Iterator[tuple[Entry, Holder]]:
    """The entries that write an id which the task that has it keeps, since somebody said so."""
    freed = {
        entry.task_id
        for entry in merged.entries
        if entry.task_id and "external_key" in written.get(entry.name, {})
    }
    for entry in merged.entries:
        key = written.get(entry.name, {}).get("external_key")
        holder = inputs.holders.get(key) if key else None
        if holder and holder.task_id != entry.task_id and holder.task_id not in freed:
            yield entry, holder
