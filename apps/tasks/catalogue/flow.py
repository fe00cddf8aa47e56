"""What is read to say what waits for what."""

from __future__ import annotations

from random import Random
from typing import Any

from apps.core.catalogue import NamedQuery, register_query
from apps.tasks.choices import TaskStatus
from apps.tasks.flows import open_tasks
from apps.tasks.lifecycle import OPEN
from apps.tasks.models import Task

from .notes import PLANNING
from .samples import any_task

MEASURING = (
    "It reads every open task of the repository and asks for the dependencies of each, since a path"
    " may lead through any of them: their number is its price."
)


def open_task(random: Random) -> Any:
    """An open task, with its repository."""
    return any_task(random, status__in=OPEN)


def blocker(random: Random) -> Any:
    """An open task for which others wait."""
    return any_task(random, status__in=OPEN, dependent_links__isnull=False)


register_query(
    NamedQuery(
        name="tasks.flow",
        purpose="The open tasks of a repository and what they wait for, to find its critical path.",
        draw=open_task,
        build=lambda task: open_tasks({"repository": task.repository_id}),
        indexes=("tasks_repository_status", "task_dependencies_unique"),
        buffers=400_000,
        removed=20_000,
        note=MEASURING,
    )
)
register_query(
    NamedQuery(
        name="tasks.unblocks",
        purpose="What becomes ready when a task is completed.",
        draw=blocker,
        build=lambda task: Task.objects.ready_once(task, TaskStatus.COMPLETED).order_by("pk")[:51],
        indexes=(
            "tasks_pkey",
            "tasks_parent",
            "task_dependencies_unique",
            "task_dependencies_depends_on_id_54fa1d42",
        ),
        buffers=3_000,
        removed=200,
        note=PLANNING,
    )
)
