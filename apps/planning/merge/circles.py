"""Changes that would close a circle of dependencies or parents, made by both sides together."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from apps.prds.parser.graph import components

from .model import NEW, Around, Change, Entry, Mine

REASON = "Together with what was changed here it would close a circle."


def refuse_circles(
    entries: Sequence[Entry], mine: Mapping[str, Mine], around: Around
) -> Iterator[Entry]:
    """The entries, with a conflict for each field that puts its task on a circle, be it through
    tasks outside of the document."""
    on_circle = {
        "dependencies": _on_circles("dependencies", entries, mine, around.dependencies),
        "parent": _on_circles("parent", entries, mine, around.parents),
    }
    for entry in entries:
        changes = tuple(
            replace(change, verdict="conflict", reason=change.reason or REASON)
            if _name(entry) in on_circle.get(change.field, ()) and _adds(change)
            else change
            for change in entry.changes
        )
        if changes == entry.changes or entry.kind == "add":
            yield entry
        else:
            yield replace(entry, kind="conflict", changes=changes)


def _name(entry: Entry) -> str:
    return entry.task_id or NEW + entry.key


def _adds(change: Change) -> bool:
    return bool(set(_listed(change.result)) - set(_listed(change.mine)))


def _listed(value: object) -> list[str]:
    if isinstance(value, list):
        return value
    return [value] if isinstance(value, str) else []


def _on_circles(
    field: str,
    entries: Sequence[Entry],
    mine: Mapping[str, Mine],
    outside: Mapping[str, Sequence[str]],
) -> set[str]:
    graph = {task_id: list(others) for task_id, others in outside.items()}
    graph |= {task_id: _listed(task.values[field]) for task_id, task in mine.items()}
    for entry in entries:
        for change in entry.changes:
            if change.field == field:
                graph[_name(entry)] = _listed(change.result)
    whole = {task: [other for other in others if other in graph] for task, others in graph.items()}
    return {task for members in components(whole) for task in members}
