"""What a request for suggestions reads of tasks: bounded, however large the repository is."""

from __future__ import annotations

from datetime import timedelta
from random import Random
from typing import Any

from django.utils import timezone

from apps.core.catalogue import NamedQuery, register_query
from apps.core.ids import uuid7_time
from apps.planning.suggesting.records import read_open_tasks
from apps.planning.suggesting.situation import finished, finished_by, finished_in_session
from apps.planning.suggesting.sources.criteria import in_progress, lately_completed
from apps.planning.suggesting.sources.similar import Similar, read_similar, read_successors
from apps.tasks.catalogue.notes import PLANNING
from apps.tasks.catalogue.samples import any_task

COMPARING = (
    "It reads the words of the newest 5,000 open tasks of the repository and ranks those that share"
    " some: their number, not that of all tasks, is its price."
)


def task_in_session(random: Random) -> Any:
    """A task that belongs to a session."""
    return any_task(random, session_id__gt="")


def completed_task(random: Random) -> Any:
    """A task that is completed."""
    return any_task(random, completed_at__isnull=False)


def last_twenty(task: Any) -> list[Similar]:
    """The completed tasks of a repository up to one, as though they were alike."""
    rows = finished(task.repository_id).filter(completed_at__lte=task.completed_at)
    return [
        Similar(each.pk, each.content, each.session_id, each.assignee, each.completed_at, 1.0)
        for each in rows[:20]
    ]


def assigned_task(random: Random) -> Any:
    """A task that is somebody's."""
    return any_task(random, assignee__gt="")


register_query(
    NamedQuery(
        name="suggestions.in_progress",
        purpose="The newest tasks in progress of a repository, with their criteria.",
        draw=any_task,
        build=lambda task: in_progress(task.repository_id),
        indexes=("tasks_repository_status",),
        buffers=3_000,
        removed=1_000,
    )
)
register_query(
    NamedQuery(
        name="suggestions.lately_completed",
        purpose="What a repository has completed in two weeks, the last first.",
        draw=any_task,
        build=lambda task: lately_completed(
            task.repository_id, uuid7_time(task.pk) - timedelta(days=14)
        ),
        indexes=("tasks_repository_completed",),
        buffers=3_000,
        removed=1_000,
    )
)
register_query(
    NamedQuery(
        name="suggestions.last_finished",
        purpose="What was completed last in a repository.",
        draw=any_task,
        build=lambda task: finished(task.repository_id)[:10],
        indexes=("tasks_repository_completed",),
        buffers=300,
    )
)
register_query(
    NamedQuery(
        name="suggestions.last_finished.session",
        purpose="The newest tasks of a session.",
        draw=task_in_session,
        build=lambda task: finished_in_session(task.repository_id, task.session_id),
        indexes=("tasks_session_newest",),
        buffers=2_000,
        removed=500,
        note=PLANNING,
    )
)
register_query(
    NamedQuery(
        name="suggestions.last_finished.assignee",
        purpose="The newest tasks of a person in a repository.",
        draw=assigned_task,
        build=lambda task: finished_by(task.repository_id, task.assignee),
        indexes=("tasks_repository_assignee",),
        buffers=5_000,
        removed=1_000,
    )
)
register_query(
    NamedQuery(
        name="suggestions.similar",
        purpose="Of what a repository completed last, the tasks that share most words with one.",
        draw=completed_task,
        build=lambda task: read_similar(task.repository_id, task, timezone.now()),
        indexes=("tasks_repository_completed",),
        buffers=20_000,
        removed=5_000,
        note=COMPARING,
    )
)
register_query(
    NamedQuery(
        name="suggestions.successors",
        purpose="What was completed next after each of up to twenty tasks, by the same hand.",
        draw=completed_task,
        build=lambda task: read_successors(
            task.repository_id, task, last_twenty(task), timezone.now()
        ),
        indexes=("tasks_repository_completed",),
        buffers=20_000,
        removed=10_000,
        note=PLANNING,
    )
)
register_query(
    NamedQuery(
        name="suggestions.open_tasks",
        purpose="The open tasks of a repository that share most words with what may be suggested.",
        draw=any_task,
        build=lambda task: read_open_tasks(task.repository_id, [task.content]),
        indexes=("tasks_repository_status",),
        buffers=40_000,
        removed=20_000,
        note=COMPARING,
    )
)
