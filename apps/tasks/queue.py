"""The ready queue: what to begin next in a repository, in which order, and why (`rq-1`).

The queue is read from its head: the first `WINDOW` ready tasks by the time when they should be
begun (`urgency.ActBy`, in the order of an index) are put in order by their score. What is said
here is true of one moment; what takes work (`claims`) asks again under a lock.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Max, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.utils import timezone

from apps.core.ids import uuid7_time
from apps.repositories.models import Repository

from .choices import DependencyKind
from .critical_paths import critical_task_ids
from .models import Task, TaskDependency
from .querysets import blocking_statuses, some
from .urgency import PATIENCE, ActBy

FORMULA = "rq-1"
WINDOW = 100  # so many, by when they should be begun, are put in order by their score
# In hours, as the score: a task for which another waits could have been begun so much earlier.
HOURS_A_WAITING_TASK = 6
MOST_WAITING_TASKS = 20
HOURS_ON_CRITICAL_PATH = 48
MOST_LINKS = 10_000  # of what waits for the window, so many links are counted
MOST_BLOCKERS = 20  # of each blocked task, so many are named

# What an answer shows of a task; without the wide columns.
COLUMNS = (
    "id",
    "repository_id",
    "content",
    "status",
    "priority",
    "complexity",
    "assignee",
    "session_id",
    "estimated_minutes",
    "tags",
    "parent_task_id",
    "prd_id",
    "due_at",
    "started_at",
    "created_at",
    "updated_at",
    "version",
    "dependencies_changed_at",
    "source_section",
)


@dataclass(frozen=True, slots=True)
class Standing:
    """A ready task and why it stands where it does.

    `score` is in hours, greater first: hours since `act_by` (before it: less than 0), and what
    waiting tasks and the critical path add. `on_critical_path` is None where none was computed yet.
    """

    task: Task
    score: float
    act_by: datetime
    unblocks: int
    on_critical_path: bool | None

    def text(self, now: datetime) -> str:
        """The same in a sentence."""
        task = self.task
        hours = int(PATIENCE[task.priority].total_seconds() // 3600)
        begin = "Should have been begun" if self.act_by <= now else "To be begun"
        why = (
            "it is due then"
            if task.due_at == self.act_by
            else f"{hours} hours after its creation, as its priority {task.priority} says"
        )
        parts = [f"{begin} by {self.act_by:%Y-%m-%d %H:%M} UTC: {why}"]
        if self.unblocks:
            verb = "task waits" if self.unblocks == 1 else "tasks wait"
            parts.append(f"{self.unblocks} open {verb} for it")
        if self.on_critical_path:
            parts.append("it is on the critical path")
        return "; ".join(parts) + "."


@dataclass(frozen=True, slots=True)
class Queue:
    """The head of a queue, best first. `more`: there are further ready tasks behind it."""

    standings: Sequence[Standing]
    more: bool
    read_at: datetime
    critical_path_at: datetime | None


def read_queue(repository: Repository, *, tasks: QuerySet[Task] | None = None) -> Queue:
    """The head of the repository's queue, in the order of the score: at most `WINDOW` tasks.

    `tasks` narrows it to some of the repository's.
    """
    now = timezone.now()
    computed_at, on_path = critical_task_ids(repository.pk)
    rows: Any = head(repository.pk, tasks)[: WINDOW + 1]
    found = list(rows)
    window = found[:WINDOW]
    keys = [task.pk for task in window]
    unblocks = count_waiting(keys)
    standings = [
        _standing(task, now, unblocks[task.pk], task.pk in on_path if computed_at else None)
        for task in window
    ]
    standings.sort(key=lambda each: (-each.score, each.task.pk))
    return Queue(standings, len(found) > WINDOW, now, computed_at)


def head(repository_id: UUID, tasks: QuerySet[Task] | None = None) -> Any:
    """The ready tasks of a repository by when they should be begun, as the index has them."""
    found: Any = Task.objects.all() if tasks is None else tasks
    by_act = ActBy()
    return (
        found.filter(repository=repository_id)
        .ready()
        .only(*COLUMNS)
        .annotate(act_by=by_act)
        .order_by(by_act, "pk")
    )


def count_waiting(keys: Collection[UUID]) -> Counter[UUID]:
    """For each of the tasks, how many live, open ones wait for it directly."""
    return Counter(waiting_for(keys)[:MOST_LINKS])


def waiting_for(keys: Collection[UUID]) -> Any:
    """The task that is waited for, once for each open task that waits for it."""
    # One scalar sub-query, as in `querysets`: a join would open every partition.
    waiting = Task.objects.open().filter(pk=OuterRef("task_id"))
    return TaskDependency.objects.filter(
        some(waiting), depends_on__in=keys, kind=DependencyKind.BLOCKS
    ).values_list("depends_on_id", flat=True)


def ready_since(standings: Sequence[Standing]) -> dict[UUID, datetime]:
    """Since when each of the tasks can be begun, as far as it can be told from what is there: the
    latest of its creation, the last change of its dependencies, and the end of each blocker and
    child. Of a cancelled or deleted one that is its last change. Ends of claims are not counted.
    """
    since = {}
    for each in standings:
        changed = each.task.dependencies_changed_at
        made = uuid7_time(each.task.pk)
        since[each.task.pk] = max(made, changed) if changed else made
    ended = Coalesce("completed_at", "updated_at")
    blocker = Task.all_objects.filter(pk=OuterRef("depends_on_id")).values(end=ended)
    links = TaskDependency.objects.filter(task__in=since, kind=DependencyKind.BLOCKS)
    ends = list(links.values_list("task_id", Subquery(blocker[:1]))[:MOST_LINKS])
    children = Task.all_objects.filter(parent_task__in=since).values("parent_task_id")
    ends += list(children.annotate(end=Max(ended)).values_list("parent_task_id", "end"))
    for key, end in ends:
        since[key] = max(since[key], end)
    return since


@dataclass(frozen=True, slots=True)
class Obstacles:
    """What a task waits for: the first `MOST_BLOCKERS` of its open blockers, each with its
    `present_claim`, and how many there are."""

    blockers: Sequence[Task]
    count: int


def read_obstacles(repository: Repository, keys: Collection[UUID]) -> dict[UUID, Obstacles]:
    """What holds up each of the tasks of `repository`: two queries. Claims come with blockers."""
    links = TaskDependency.objects.filter(task__in=keys, kind=DependencyKind.BLOCKS)
    pairs = list(links.order_by("id").values_list("task_id", "depends_on_id")[:MOST_LINKS])
    now = timezone.now()
    blockers: dict[UUID, Any] = (
        Task.objects.filter(
            pk__in={other for _, other in pairs}, status__in=blocking_statuses(repository)
        )
        .select_related("claim")
        .only("id", "content", "status", "assignee", "claim__holder", "claim__expires_at")
        .in_bulk()
    )
    for blocker in blockers.values():
        claim = getattr(blocker, "claim", None)
        blocker.present_claim = claim if claim and claim.expires_at > now else None
    found: dict[UUID, list[Task]] = {key: [] for key in keys}
    for key, other in pairs:
        if other in blockers:
            found[key].append(blockers[other])
    return {key: Obstacles(rows[:MOST_BLOCKERS], len(rows)) for key, rows in found.items()}


def _standing(task: Any, now: datetime, unblocks: int, on_path: bool | None) -> Standing:
    hours = (now - task.act_by).total_seconds() / 3600
    hours += HOURS_A_WAITING_TASK * min(unblocks, MOST_WAITING_TASKS)
    hours += HOURS_ON_CRITICAL_PATH if on_path else 0
    return Standing(task, round(hours, 2), task.act_by, unblocks, on_path)
