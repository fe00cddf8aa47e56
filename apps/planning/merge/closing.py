"""Tasks that the document ticks while open work stands before or below them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

from .model import NEW, Change, Entry, Inputs

MOST_NAMED = 3


def refuse_open_work(entries: Sequence[Entry], inputs: Inputs) -> Iterator[Entry]:
    """The entries, with a conflict for each task that would be completed over open work, where the
    repository refuses that."""
    if not inputs.around.refuses_open_work:
        yield from entries
        return
    plan = _Plan(entries, inputs)
    for entry in entries:
        changes = tuple(plan.examine(entry, change) for change in entry.changes)
        if changes == entry.changes:
            yield entry
        else:
            yield replace(entry, kind="conflict", changes=changes)


class _Plan:
    """The tasks as they are when all that is not in dispute is done."""

    def __init__(self, entries: Sequence[Entry], inputs: Inputs) -> None:
        self.inputs = inputs
        self.titles = {task_id: mine.values["content"] for task_id, mine in inputs.mine.items()}
        self.after: dict[str, dict[str, Any]] = {}
        self.below: dict[str, set[str]] = {}
        for task_id, mine in inputs.mine.items():
            self.after[task_id] = dict(mine.values)
            self.below[task_id] = set(mine.open_children)
        for entry in entries:
            if entry.candidates:
                continue
            name = entry.task_id or NEW + entry.key
            values = self.after.setdefault(name, {"status": "pending"})
            values |= {c.field: c.result for c in entry.changes if c.verdict == "take"}
            self.titles.setdefault(name, entry.title)
            if entry.kind == "add" and values.get("parent"):
                self.below.setdefault(values["parent"], set()).add(name)

    def examine(self, entry: Entry, change: Change) -> Change:
        if (change.field, change.result, change.verdict) != ("status", "completed", "take"):
            return change
        if entry.task_id is None:
            return change  # a new task is taken as the document has it
        waits_for = self.after[entry.task_id].get("dependencies", ())
        before = [task for task in waits_for if self._blocks(task)]
        below = [task for task in sorted(self.below[entry.task_id]) if self._is_open(task)]
        if not before and not below:
            return change
        found = [f"It waits for {self._named(before)}."] if before else []
        found += [f"Below it is {self._named(below)}."] if below else []
        reason = f"Open work stands in the way. {' '.join(found)}"
        return replace(change, verdict="conflict", reason=reason)

    def _blocks(self, task: str) -> bool:
        mine = self.inputs.mine.get(task)
        if mine is None and not task.startswith(NEW):
            return task in self.inputs.around.blocking
        if mine and mine.deleted:
            return False
        status = self.after.get(task, {}).get("status", "pending")
        return status in self.inputs.around.blocking_statuses

    def _is_open(self, task: str) -> bool:
        return self.after.get(task, {}).get("status", "pending") in ("pending", "in_progress")

    def _named(self, tasks: Sequence[str]) -> str:
        named = [f"“{self.titles.get(task, task)[:60]}”" for task in tasks[:MOST_NAMED]]
        more = f" and {len(tasks) - MOST_NAMED} more" if len(tasks) > MOST_NAMED else ""
        return ", ".join(named) + more
