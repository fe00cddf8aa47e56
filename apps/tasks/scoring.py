"""How complex tasks are, by `cx-1`: kept with each task, and written with what it is counted from.

`complexity` is what people say of a task. Where they have left it at what the score said, it
follows the score.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import asdict
from typing import Any
from uuid import UUID

from django.db.models import Count

from apps.core.bulk import update_rows
from apps.core.services import differ
from apps.prds.complexity import (
    COLUMNS,
    Complexity,
    as_columns,
    from_columns,
    is_same,
    score_item,
)

from .choices import DependencyKind
from .models import Task, TaskDependency

COUNTED = ("content", "details", "acceptance_criteria")


def score_task(task: Task, dependencies: int) -> Complexity:
    """The score of a task as its columns stand, if it waits for so many others."""
    return score_item(
        title=task.content,
        details=task.details,
        criteria=[str(criterion.get("text", "")) for criterion in task.acceptance_criteria],
        dependencies=dependencies,
    )


def count_dependencies(ids: Collection[UUID]) -> dict[UUID, int]:
    """How many tasks each of these waits for, finished and deleted ones too: they are scope."""
    links = TaskDependency.objects.filter(task__in=ids, kind=DependencyKind.BLOCKS)
    counted = links.values("task_id").annotate(count=Count("pk"))
    return {**dict.fromkeys(ids, 0), **dict(counted.values_list("task_id", "count"))}


def changes_score(task: Task, changes: Mapping[str, Any]) -> bool:
    """Whether `changes` touch what the score of `task` is counted from."""
    return any(n in changes and differ(getattr(task, n), changes[n]) for n in COUNTED)


def scored_columns(task: Task, changes: Mapping[str, Any]) -> dict[str, Any]:
    """What to write beside `changes` so that the score is of them; nothing if it is already."""
    values = {name: changes.get(name, getattr(task, name)) for name in COUNTED}
    found = score_task(Task(**values), count_dependencies([task.pk])[task.pk])
    return _columns(task, found, said="complexity" in changes)


def scores_after(
    changes: Mapping[UUID, Mapping[str, Any]], relinked: Collection[UUID]
) -> dict[UUID, dict[str, Any]]:
    """As `scored_columns`, for many: what to write beside the `changes` of each task.

    The dependencies of those that are `relinked` are written already.
    """
    ids = {pk for pk, values in changes.items() if not set(COUNTED).isdisjoint(values)}
    ids |= set(relinked)
    counts = count_dependencies(ids) if ids else {}
    shown = ("complexity", *COUNTED, *COLUMNS)
    found = {}
    for task in Task.all_objects.filter(pk__in=ids).only(*shown):
        values = changes.get(task.pk, {})
        after = Task(**{name: values.get(name, getattr(task, name)) for name in COUNTED})
        score = score_task(after, counts[task.pk])
        columns = _columns(task, score, said="complexity" in values)
        if columns:
            found[task.pk] = columns
    return found


def rescore_tasks(ids: Collection[UUID]) -> list[tuple[Task, dict[str, Any]]]:
    """Bring the kept scores of these tasks up to date, under the locks of their rows.

    Those that get another one, as they were, each with what was written.
    """
    if not ids:
        return []
    counts = count_dependencies(ids)
    shown = ("complexity", *COUNTED, *COLUMNS)
    found: list[tuple[Task, dict[str, Any]]] = []
    for task in Task.all_objects.filter(pk__in=ids).only(*shown).order_by("pk"):
        columns = _columns(task, score_task(task, counts[task.pk]))
        if columns:
            found.append((task, columns))
    update_rows(Task, {task.pk: columns for task, columns in found})
    return found


def complexity_of(task: Task) -> dict[str, Any]:
    """The score of a task as it is kept, with its factors; of one that has none, made now."""
    kept = task.complexity_version, task.complexity_factors
    if task.complexity_score is not None and all(kept):
        return from_columns(task.complexity_score, *kept)
    return asdict(score_task(task, count_dependencies([task.pk])[task.pk]))


def _columns(task: Task, found: Complexity, *, said: bool = False) -> dict[str, Any]:
    """`said`: somebody says at the same time how complex the task is."""
    if is_same(found, task.complexity_version, task.complexity_factors):
        return {}
    level = task.complexity_factors.get("level")
    follows = level is not None and level == task.complexity and not said
    return {**as_columns(found), **({"complexity": found.level} if follows else {})}
