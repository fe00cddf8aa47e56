"""The statements of figures, by name (`core.catalogue`)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from random import Random
from typing import Any

from apps.analytics.figures.ageing import read_ageing
from apps.analytics.figures.complexity import read_complexity
from apps.analytics.figures.estimates import read_estimates
from apps.analytics.figures.flow import read_flow
from apps.analytics.figures.throughput import read_throughput
from apps.analytics.figures.times import read_times
from apps.analytics.periods import BucketSize, Period, make_period
from apps.analytics.scopes import Scope
from apps.core.catalogue import NamedQuery, register_query
from apps.core.ids import uuid7_time
from apps.tasks.catalogue.samples import any_task
from apps.tasks.models import Task

BACKWARDS = (
    "It reads what the repository changed since the period began, also after its end, since today's"
    " numbers are where it starts; and of each task that changed the image before, by its key."
)
ENTERING = (
    "Of each task that is cancelled and was touched since the period began it asks for the event"
    " with which it became so: of every partition, the newest first."
)
SCATTERED = "The rows of a repository lie scattered: each that counts is a page of its own."


def last_days(task: Any, days: int = 30, size: BucketSize | None = BucketSize.DAY) -> Period:
    """The days before the one after a task was made."""
    now = uuid7_time(task.pk)
    since = (now - timedelta(days=days)).date().isoformat()
    return make_period(since=since, tz="Europe/Berlin", size=size, now=now)


def of(task: Any, **narrowed: Any) -> Scope:
    """The work of a task's repository."""
    return Scope(task.repository, **narrowed)


def assigned(random: Random) -> Any:
    """A task that is somebody's."""
    return any_task(random, assignee__gt="")


def lately(random: Random) -> Any:
    """One of the newest tasks of all: the default period is about now."""
    newest = Task.objects.order_by("-pk")
    return newest[random.randrange(min(1_000, newest[:1_000].count()))]


def of_prd(random: Random) -> Any:
    """A task of a PRD."""
    return any_task(random, prd__isnull=False)


def register(
    name: str,
    purpose: str,
    read: Callable[[Any], Any],
    draw: Callable[[Random], Any] = any_task,
    **bounds: Any,
) -> None:
    """A figure, read for a drawn task."""
    register_query(
        NamedQuery(
            name=f"analytics.{name}",
            purpose=purpose,
            draw=draw,
            build=lambda task: [read(task)],
            **bounds,
        )
    )


register(
    "throughput",
    "What a repository made, completed and cancelled in thirty days.",
    lambda task: read_throughput(of(task), last_days(task)),
    indexes=(
        "tasks_repository_newest",
        "tasks_repository_completed",
        "tasks_repository_status",
        "tasks_events_obj",
    ),
    buffers=80_000,
    removed=20_000,
    note=ENTERING,
)
register(
    "throughput.assignee",
    "What somebody made, completed and cancelled in thirty days.",
    lambda task: read_throughput(of(task, assignee=task.assignee), last_days(task)),
    assigned,
    indexes=("tasks_repository_assignee", "tasks_events_obj"),
    buffers=80_000,
    removed=20_000,
    note=ENTERING,
)
register(
    "times",
    "Lead and cycle time of what a repository completed in thirty days.",
    lambda task: read_times(of(task), last_days(task)),
    indexes=("tasks_repository_completed",),
    buffers=6_000,
    removed=1_000,
    note=SCATTERED,
)
register(
    "times.prd",
    "Lead and cycle time of what was completed of a PRD in a year, by month.",
    lambda task: read_times(of(task, prd_id=task.prd_id), last_days(task, 365, BucketSize.MONTH)),
    of_prd,
    indexes=("tasks_prd",),
    buffers=6_000,
    removed=1_000,
)
register(
    "flow",
    "How many tasks of a repository stood where, on each of thirty days.",
    lambda task: read_flow(of(task), last_days(task)),
    lately,
    indexes=("tasks_events_repository", "tasks_events_obj", "tasks_repository_status"),
    buffers=60_000,
    removed=2_000,
    note=BACKWARDS,
)
register(
    "flow.year",
    "How many tasks of a repository stood where, in each month of a year.",
    lambda task: read_flow(of(task), last_days(task, 365, BucketSize.MONTH)),
    indexes=("tasks_events_repository", "tasks_events_obj", "tasks_repository_status"),
    buffers=150_000,
    removed=100_000,
    note=BACKWARDS,
)
register(
    "ageing",
    "How old the open tasks of a repository are.",
    lambda task: read_ageing(of(task), uuid7_time(task.pk)),
    indexes=("tasks_repository_status",),
    buffers=6_000,
    removed=1_000,
    note=SCATTERED,
)
register(
    "estimates",
    "How estimates fared in what a repository completed in thirty days.",
    lambda task: read_estimates(of(task), last_days(task, size=None)),
    indexes=("tasks_repository_completed",),
    buffers=6_000,
    removed=1_000,
    note=SCATTERED,
)
register(
    "complexity",
    "What became of simple and of hard tasks of a repository in thirty days.",
    lambda task: read_complexity(of(task), last_days(task, size=None)),
    indexes=("tasks_repository_newest", "tasks_repository_completed"),
    buffers=6_000,
    removed=1_000,
    note=SCATTERED,
)
