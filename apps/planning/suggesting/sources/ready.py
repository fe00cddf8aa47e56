"""Tasks that can be started now."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import F, OuterRef, Subquery, Value
from django.db.models.lookups import IsNull

from apps.core.ids import uuid7_time
from apps.planning.choices import SuggestionKind, SuggestionSource
from apps.planning.suggesting.model import (
    MOST_FROM_A_SOURCE,
    Candidate,
    Found,
    Reason,
    shorten,
)
from apps.planning.suggesting.situation import Situation
from apps.tasks.choices import DependencyKind, TaskPriority
from apps.tasks.models import Task, TaskDependency

SOURCE = SuggestionSource.READY.value
POOL = 100  # so many, by priority, due date and age, are ranked by what they unblock, too
MOST_LINKS = 10_000  # of what depends on them, so many links are counted
PRIORITIES = (TaskPriority.HIGH.value, TaskPriority.MEDIUM.value, TaskPriority.LOW.value)
COLUMNS = ("id", "content", "priority", "due_at", "assignee", "tags", "source_section")


def find_ready(situation: Situation) -> Found:
    """By priority, then due date (none is last), then how many tasks wait for it, then age."""
    pool = list(ready_pool(situation))
    if not pool:
        return Found(SOURCE, note="No task is ready to start.")
    unblocks = count_unblocked([task.pk for task in pool])
    pool.sort(key=lambda task: _order(task, unblocks[task.pk]))
    candidates = tuple(
        _candidate(task, rank, unblocks[task.pk], situation.now)
        for rank, task in enumerate(pool[:MOST_FROM_A_SOURCE], start=1)
    )
    return Found(SOURCE, candidates)


def ready_pool(situation: Situation) -> Sequence[Task]:
    """The ready tasks but for the one at hand, read once for all sources."""
    if situation.ready is None:
        at_hand = situation.task.pk if situation.task else None
        rows = read_ready(situation.repository.pk)
        situation.ready = [task for task in rows if task.pk != at_hand]
    return situation.ready


def read_ready(repository_id: UUID) -> list[Task]:
    """The ready tasks of highest priority, due first, oldest first; at most `POOL`."""
    pool: list[Task] = []
    for priority in PRIORITIES:
        if len(pool) < POOL:
            pool += ready_of_priority(repository_id, priority)[: POOL - len(pool)]
    return pool


def ready_of_priority(repository_id: UUID, priority: str) -> Any:
    """The ready tasks of one priority, in the order of `tasks_repository_pending`."""
    return (
        Task.objects.filter(repository=repository_id, priority=priority)
        .ready()
        .only(*COLUMNS)
        .order_by(F("due_at").asc(nulls_last=True), "pk")
    )


def count_unblocked(task_ids: Sequence[UUID]) -> Counter[UUID]:
    """For each of the tasks, how many live, open ones wait for it."""
    return Counter(waiting_for(task_ids)[:MOST_LINKS])


def waiting_for(task_ids: Sequence[UUID]) -> Any:
    """The task that is waited for, once for each open task that waits for it."""
    # One scalar sub-query, as in `tasks.querysets`: a join would open every partition.
    waiting = Task.objects.open().filter(pk=OuterRef("task_id"))
    return TaskDependency.objects.filter(
        IsNull(Subquery(waiting.values(found=Value(1))[:1]), False),
        depends_on__in=task_ids,
        kind=DependencyKind.BLOCKS,
    ).values_list("depends_on_id", flat=True)


def _order(task: Task, unblocks: int) -> tuple[object, ...]:
    due = task.due_at
    return PRIORITIES.index(task.priority), due is None, due or 0, -unblocks, task.pk


def _candidate(task: Task, rank: int, unblocks: int, now: datetime) -> Candidate:
    age = (now - uuid7_time(task.pk)).days
    parts = [f"priority {task.priority}", _due(task.due_at, now)]
    parts += [f"it unblocks {unblocks} {_tasks(unblocks)}"] if unblocks else []
    parts += [f"{age} {_days(age)} old"]
    text = f"It is ready, as no. {rank}: {', '.join(part for part in parts if part)}."
    values = {
        "rank": rank,
        "priority": task.priority,
        "due_at": task.due_at.isoformat() if task.due_at else None,
        "unblocks": unblocks,
        "age_days": age,
    }
    return Candidate(
        source=SOURCE,
        kind=SuggestionKind.EXISTING,
        content=shorten(task.content, 1000),
        reasons=(Reason(SOURCE, text, values),),
        task_id=task.pk,
    )


def _due(due: datetime | None, now: datetime) -> str:
    if due is None:
        return ""
    days = abs(due - now).days
    return f"due in {days} {_days(days)}" if due >= now else f"overdue by {days} {_days(days)}"


def _days(count: int) -> str:
    return "day" if count == 1 else "days"


def _tasks(count: int) -> str:
    return "task" if count == 1 else "tasks"
