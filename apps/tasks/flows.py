"""What a repository's open work waits for, read from its rows and measured (`tasks.flow`)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from typing import Any
from uuid import UUID

from django.contrib.postgres.expressions import ArraySubquery
from django.db import connection, models

from apps.prds.models import PRD
from apps.repositories.models import Repository

from .choices import DependencyKind, TaskStatus
from .flow import Circle, Figures, assumed_minutes, measure, weigh
from .lifecycle import OPEN
from .models import Task, TaskDependency
from .querysets import blocking_statuses

# So many open tasks are measured while somebody waits for the answer.
MOST_TASKS = 100_000
# So many ids are asked for in one statement.
IDS_AT_ONCE = 2_000
Pair = tuple[UUID, UUID]


class TooManyTasksError(Exception):
    """There are more open tasks than the caller wants to wait for."""


class Median(models.Aggregate):
    """The lower median of a column: a value that is there."""

    function = "percentile_disc"
    template = "%(function)s(0.5) WITHIN GROUP (ORDER BY %(expressions)s)"
    arity = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """A step of a circle: `task` waits for `other`, its open child, its dependency, or both."""

    task: UUID
    other: UUID
    is_child: bool
    is_dependency: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Flow:
    """The open tasks of a repository or of one of its PRDs, and what they wait for.

    `assumed_minutes` is what each task without an estimate counts for. `statuses` are those of the
    tasks in `figures`; cancelled ones are among them where they hold others up. `outside` is how
    many tasks beyond the PRD its tasks wait for.
    """

    repository: Repository
    prd: PRD | None
    computed_at: datetime
    assumed_minutes: int
    figures: Figures
    statuses: Mapping[UUID, str]
    outside: int
    circle_steps: Mapping[Circle, tuple[Step, ...]]

    def count(self, status: TaskStatus) -> int:
        """How many of the tasks have this status."""
        return Counter(self.statuses.values())[status.value]


def read_flow(repository: Repository, prd: PRD | None = None, *, most: int | None = None) -> Flow:
    """The flow of all that is open in `repository`, or of the tasks of its `prd`.

    Of a PRD's tasks only what they wait for among themselves counts. Raises `TooManyTasksError`
    when more than `most` are open.
    """
    computed_at = _now()
    scope: dict[str, Any] = {"repository": repository} if prd is None else {"prd": prd}
    open_rows = open_tasks(scope)
    rows = list(open_rows if most is None else open_rows[: most + 1])
    if most is not None and len(rows) > most:
        raise TooManyTasksError(f"{repository.name} has more than {most:,} open tasks.")
    statuses: dict[UUID, str] = {pk: status for pk, status, *_ in rows}
    children = {
        (parent, pk) for pk, _, _, parent, _ in rows if parent is not None and parent in statuses
    }
    dependencies = {(pk, other) for pk, *_, blockers in rows for other in blockers}
    cancelled, outside = _others(repository, prd, dependencies, statuses)
    statuses |= dict.fromkeys(cancelled, TaskStatus.CANCELLED.value)

    assumed = assumed_minutes(_median_estimate(repository))
    parents = {parent for parent, _ in children}
    tasks = [
        weigh(pk, estimate, is_open=True, is_parent=pk in parents, assumed=assumed)
        for pk, _, estimate, *_ in rows
    ]
    tasks += [weigh(pk, 0, is_open=False, is_parent=False, assumed=assumed) for pk in cancelled]
    figures = measure(tasks, [*children, *dependencies])
    return Flow(
        repository=repository,
        prd=prd,
        computed_at=computed_at,
        assumed_minutes=assumed,
        figures=figures,
        statuses=statuses,
        outside=outside,
        circle_steps={
            circle: tuple(_steps(circle, children, dependencies)) for circle in figures.circles
        },
    )


def _now() -> datetime:
    """By the database's clock, which also stamps events."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT clock_timestamp()")
        now: datetime
        ((now,),) = cursor.fetchall()
    return now


def _median_estimate(repository: Repository) -> int | None:
    open_tasks = Task.objects.filter(repository=repository, status__in=OPEN)
    found: int | None = open_tasks.aggregate(median=Median("estimated_minutes"))["median"]
    return found


def open_tasks(scope: Mapping[str, Any]) -> models.QuerySet[Any, Any]:
    """What is open in the scope: id, status, estimate, parent, and what it depends on.

    One statement, so that all is of one moment. The dependencies are asked for task by task: for a
    join the planner would read those of all repositories.
    """
    blockers = TaskDependency.objects.filter(
        task=models.OuterRef("pk"), kind=DependencyKind.BLOCKS
    ).values("depends_on_id")
    return (
        Task.objects.filter(**scope, status__in=OPEN)
        .order_by()
        .annotate(blockers=ArraySubquery(blockers))
        .values_list("pk", "status", "estimated_minutes", "parent_task_id", "blockers")
    )


def contents_of(keys: Iterable[UUID]) -> Mapping[UUID, str]:
    """What these tasks say, by their ids; of deleted ones, too, which were live a moment ago."""
    return dict(Task.all_objects.filter(pk__in=list(keys)).values_list("pk", "content"))


def _others(
    repository: Repository, prd: PRD | None, dependencies: Iterable[Pair], known: Mapping[UUID, str]
) -> tuple[set[UUID], int]:
    """Of what is waited for without being open in the scope: what is cancelled there and holds up
    by the repository's rule; and how much holds up beyond the scope."""
    statuses = blocking_statuses(repository)
    if prd is None and statuses == list(OPEN):
        return set(), 0
    unknown = sorted({other for _, other in dependencies if other not in known})
    cancelled: set[UUID] = set()
    outside = 0
    for start in range(0, len(unknown), IDS_AT_ONCE):
        keys = unknown[start : start + IDS_AT_ONCE]
        found = Task.objects.filter(pk__in=keys, status__in=statuses)
        for pk, status, prd_id in found.values_list("pk", "status", "prd_id"):
            if prd is not None and prd_id != prd.pk:
                outside += 1
            elif status == TaskStatus.CANCELLED:
                cancelled.add(pk)
    return cancelled, outside


def _steps(circle: Circle, children: set[Pair], dependencies: set[Pair]) -> Iterator[Step]:
    for pair in pairwise(circle.way):
        task, other = pair
        yield Step(
            task=task,
            other=other,
            is_child=pair in children,
            is_dependency=pair in dependencies,
        )
