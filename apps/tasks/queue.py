"""The ready queue: what to begin next in a repository, in which order, and why (`rq-1`).

The queue is read from its head: the first `WINDOW` ready tasks by the time when they should be
begun (`urgency.ActBy`, in the order of an index) are put in order by their score. What is said
here is true of one moment; what takes work (`claims`) asks again under a lock.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.utils import timezone

from apps.repositories.models import Repository

from .choices import DependencyKind
from .critical_paths import critical_task_ids
from .models import Task, TaskDependency
from .querysets import blocking_statuses
from .urgency import PATIENCE

FORMULA = "rq-1"
WINDOW = 50  # so many, by when they should be begun, are put in order by their score
# In hours, as the score: a task for which another waits could have been begun so much earlier.
HOURS_A_WAITING_TASK = 6
MOST_WAITING_TASKS = 20
HOURS_ON_CRITICAL_PATH = 48
MOST_LINKS = 10_000  # of the tasks shown as blocked, so many links are read
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
    "created_at",
    "updated_at",
    "version",
    "source_section",
)
# The function's plan is kept (migration 0023): to plan its statement takes longer than to run it.
# What is not shown is not sent: fifty objects take as long to make as their rows to find.
HEAD = """
    SELECT *, round(hours, 2)::float8 AS score
    FROM (
        SELECT *,
            extract(epoch FROM %(now)s - act_by) / 3600
                + %(waiting_task)s * least(unblocks, %(most_waiting)s)
                + CASE WHEN id = ANY (%(path)s) THEN %(on_path)s ELSE 0 END AS hours,
            row_number() OVER (ORDER BY act_by, id) AS place,
            count(*) OVER () AS found
        FROM ready_queue_head(
            %(repository)s, %(window)s + 1, %(after_act)s::timestamptz, %(after_id)s::uuid,
            %(assignees)s::text[], %(priorities)s::text[], %(complexities)s::text[],
            %(tags)s::jsonb, %(prd)s::uuid, %(parent)s::uuid, %(most_minutes)s::integer
        )
    ) AS head
    WHERE place <= %(window)s
    ORDER BY score DESC, id
    LIMIT %(most)s
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Which ready tasks are asked for; None: whatever it is. Of `tags`, they have all."""

    assignees: Sequence[str] | None = None
    priorities: Sequence[str] | None = None
    complexities: Sequence[str] | None = None
    tags: Sequence[str] | None = None
    prd_id: UUID | None = None
    parent_task_id: UUID | None = None
    most_minutes: int | None = None


ANY_TASK = Wanted()


@dataclass(frozen=True, slots=True)
class Standing:
    """A ready task and why it stands where it does: as the `rank`th of its queue, from 1.

    `score` is in hours, greater first: hours since `act_by` (before it: less than 0), and what
    waiting tasks and the critical path add. `on_critical_path` is None where none was computed yet.

    `ready_since` is as far as it can be told from what is there: the latest of its creation, the
    last change of its dependencies, and the end of each blocker and child. Of a cancelled or
    deleted one that is its last change. Ends of claims are not counted.
    """

    task: Task
    rank: int
    score: float
    act_by: datetime
    ready_since: datetime
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


@dataclass(frozen=True, slots=True)
class Place:
    """Behind a whole window of the queue: its last task by when it should be begun, and how many
    tasks there are up to it."""

    act_by: datetime
    task_id: UUID
    rank: int


def read_queue(
    repository: Repository,
    *,
    wanted: Wanted = ANY_TASK,
    most: int = WINDOW,
    behind: Place | None = None,
) -> Queue:
    """The first `most` of the head of the repository's queue, in the order of the score; of the
    window that follows `behind`, if it is given."""
    now = timezone.now()
    computed_at, on_path = critical_task_ids(repository.pk)
    found = list(head(repository.pk, wanted, now=now, path=on_path, most=most, behind=behind))
    standings = [
        Standing(
            task=task,
            rank=rank,
            score=task.score,
            act_by=task.act_by,
            ready_since=task.ready_since,
            unblocks=task.unblocks,
            on_critical_path=task.pk in on_path if computed_at else None,
        )
        for rank, task in enumerate(found, start=behind.rank + 1 if behind else 1)
    ]
    more = bool(found) and found[0].found > len(found)
    return Queue(standings, more, now, computed_at)


def read_windows(repository: Repository, *, wanted: Wanted = ANY_TASK) -> Iterator[Queue]:
    """The whole queue, window by window: each is read when it is asked for, all of it in order."""
    behind = None
    while True:
        queue = read_queue(repository, wanted=wanted, behind=behind)
        yield queue
        if not queue.more:
            return
        act_by, key = max((each.act_by, each.task.pk) for each in queue.standings)
        behind = Place(act_by, key, queue.standings[-1].rank)


def head(
    repository_id: UUID,
    wanted: Wanted = ANY_TASK,
    *,
    now: datetime,
    path: Collection[UUID] = (),
    most: int = WINDOW,
    behind: Place | None = None,
) -> Any:
    """The tasks of `read_queue`, with `COLUMNS` and what `Standing` says of them; `found`: how many
    are ready, counted to one behind the window. `path`: the tasks of the critical path.
    """

    def listed(values: Collection[Any] | None) -> list[Any] | None:
        return None if values is None else list(values)

    parameters = {
        "now": now,
        "waiting_task": HOURS_A_WAITING_TASK,
        "most_waiting": MOST_WAITING_TASKS,
        "path": list(path),
        "on_path": HOURS_ON_CRITICAL_PATH,
        "repository": repository_id,
        "window": WINDOW,
        "most": most,
        "after_act": behind.act_by if behind else None,
        "after_id": behind.task_id if behind else None,
        "assignees": listed(wanted.assignees),
        "priorities": listed(wanted.priorities),
        "complexities": listed(wanted.complexities),
        "tags": None if wanted.tags is None else json.dumps(list(wanted.tags)),
        "prd": wanted.prd_id,
        "parent": wanted.parent_task_id,
        "most_minutes": wanted.most_minutes,
    }
    return Task.objects.raw(HEAD, parameters)


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
