"""Totals against the estimates that they are totals of."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from apps.prds.parser import Estimate, ParsedDocument, TaskProposal


@dataclass(frozen=True, slots=True)
class Sum:
    """The estimates of some tasks together; `unknown` of them have none."""

    low: int
    high: int
    unknown: int

    def disagrees_with(self, stated: Estimate) -> bool:
        """Whether no choice within the ranges makes the total right."""
        if self.low > stated.high_minutes:
            return True
        return not self.unknown and self.high < stated.low_minutes


@dataclass(frozen=True, slots=True)
class StatedSum:
    """A total, what its tasks come to, and how many there are."""

    stated: Estimate
    found: Sum
    tasks: int


def stated_sums(document: ParsedDocument) -> Iterator[StatedSum]:
    """Each stated total with its tasks: those of the smallest section around it that has any."""
    tasks = document.tasks
    lines = [task.first_line for task in tasks]  # they stand in the order of the document
    for stated in document.totals:
        covered: Sequence[TaskProposal] = tasks
        for section in document.sections:  # the innermost stands last
            if section.first_line <= stated.line <= section.last_line:
                first, end = (
                    bisect_right(lines, n) for n in (section.first_line, section.last_line)
                )
                covered = tasks[first:end] or covered
        if covered:
            yield StatedSum(stated, _sum(covered), len(covered))


def sums_of_parts(document: ParsedDocument) -> Iterator[tuple[TaskProposal, StatedSum]]:
    """Each estimate of a task that has parts with estimates, with their sum.

    A task may take longer than its parts, a group has no work but theirs.
    """
    parts: dict[str, list[TaskProposal]] = {}
    for task in document.tasks:
        if task.parent_key:
            parts.setdefault(task.parent_key, []).append(task)
    sums = _sums(document.tasks)
    for task in document.tasks:
        inside = parts.get(task.key)
        if task.estimate and inside:
            found = _add(sums[part.key] for part in inside)
            if not task.group:
                found = Sum(found.low, found.high, found.unknown + 1)
            yield task, StatedSum(task.estimate, found, len(inside))


def _sums(tasks: Sequence[TaskProposal]) -> dict[str, Sum]:
    """What each task comes to: its own estimate, else those of its parts."""
    parts: dict[str, list[str]] = {}
    found: dict[str, Sum] = {}
    for task in reversed(tasks):  # parents stand before their parts
        if task.estimate:
            found[task.key] = Sum(task.estimate.low_minutes, task.estimate.high_minutes, 0)
        elif task.key in parts:
            found[task.key] = _add(found[key] for key in parts[task.key])
        else:
            found[task.key] = Sum(0, 0, 0 if task.group else 1)
        if task.parent_key:
            parts.setdefault(task.parent_key, []).append(task.key)
    return found


def _sum(tasks: Sequence[TaskProposal]) -> Sum:
    keys = {task.key for task in tasks}
    sums = _sums(tasks)
    return _add(sums[task.key] for task in tasks if task.parent_key not in keys)


def _add(sums: Iterator[Sum]) -> Sum:
    low = high = unknown = 0
    for found in sums:
        low, high, unknown = low + found.low, high + found.high, unknown + found.unknown
    return Sum(low, high, unknown)
