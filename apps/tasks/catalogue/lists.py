"""A repository's list and its filters, as the API serves them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from random import Random
from typing import Any

from django.db.models import Count

from apps.core.api.deletions import LAST_DELETED_FIRST
from apps.core.api.keyset import Position, Walk
from apps.core.catalogue import NamedQuery, register_query
from apps.core.ids import uuid7_floor, uuid7_time
from apps.tasks.lifecycle import OPEN
from apps.tasks.models import Task

from .notes import COUNTING, PLANNING, SORTING
from .samples import any_task, deleted_task, old_task

# A repository that holds a good part of all tasks is rightly read by the key, past some others'.
OTHERS = 1_000
PAGE = 51  # fifty, and one more to know whether there is a next page
WINDOW = timedelta(days=7)


def repository_list(task: Any, **conditions: Any) -> Any:
    """The API's list of the tasks of `task`'s repository, newest first."""
    tasks = Task.objects.for_display().filter(repository=task.repository_id)
    return tasks.filter(**conditions).order_by("-id")


def deleted_page(task: Any, after: Position | None = None) -> Any:
    """A page of what is deleted in `task`'s repository."""
    tasks = Task.all_objects.for_display().filter(repository=task.repository_id).deleted()
    return Walk(tasks, LAST_DELETED_FIRST).rows(after, PAGE)


def register_list(
    name: str,
    purpose: str,
    narrow: Callable[[Any], dict[str, Any]],
    draw: Callable[[Random], Any] = any_task,
    **bounds: Any,
) -> None:
    """The API's list with a filter, which `narrow` takes from the sample."""
    register_query(
        NamedQuery(
            name=f"tasks.list.{name}",
            purpose=purpose,
            draw=draw,
            build=lambda task: repository_list(task, **narrow(task))[:PAGE],
            **bounds,
        )
    )


register_query(
    NamedQuery(
        name="tasks.list",
        purpose="The newest tasks of a repository: the first page.",
        draw=any_task,
        build=lambda task: repository_list(task)[:PAGE],
        indexes=("tasks_repository_newest",),
        buffers=600,
        removed=OTHERS,
    )
)
register_query(
    NamedQuery(
        name="tasks.list.with_links",
        purpose="The first page as the API answers it: with the links of its tasks.",
        draw=any_task,
        build=lambda task: repository_list(task).with_links()[:PAGE],
        indexes=("tasks_repository_newest", "task_dependencies_unique"),
        buffers=3_000,
        removed=OTHERS,
        note=PLANNING,
    )
)
register_query(
    NamedQuery(
        name="tasks.list.deep",
        purpose="A page far down the list: the cursor is a bound on the id.",
        draw=any_task,
        build=lambda task: repository_list(task, pk__lt=task.pk)[:PAGE],
        indexes=("tasks_repository_newest",),
        buffers=600,
        removed=OTHERS,
    )
)
register_query(
    NamedQuery(
        name="tasks.list.small",
        purpose="The first page of a repository that may be small and without recent tasks.",
        draw=old_task,
        build=lambda task: repository_list(task)[:PAGE],
        indexes=("tasks_repository_newest",),
        buffers=600,
        removed=OTHERS,
    )
)
register_list(
    "status",
    "A repository's tasks of one status.",
    lambda task: {"status": task.status},
    indexes=("tasks_repository_status",),
    buffers=600,
    removed=OTHERS,
)
register_list(
    "statuses",
    "A repository's open tasks: two statuses.",
    lambda task: {"status__in": OPEN},
    indexes=("tasks_repository_newest",),
    buffers=3_000,
    removed=OTHERS,
)
register_list(
    "priority",
    "A repository's tasks of one priority.",
    lambda task: {"priority": task.priority},
    indexes=("tasks_repository_newest",),
    buffers=3_000,
    removed=OTHERS,
)
register_list(
    "assignee",
    "What somebody does in a repository.",
    lambda task: {"assignee": task.assignee},
    lambda random: any_task(random, assignee__gt=""),
    indexes=("tasks_repository_assignee",),
    buffers=3_000,
)
register_list(
    "session_id",
    "What was done in a session.",
    lambda task: {"session_id": task.session_id},
    lambda random: any_task(random, session_id__gt=""),
    indexes=("tasks_session_newest",),
    buffers=600,
    removed=50,
    note=PLANNING,
)
register_list(
    "prd_id",
    "The tasks of a PRD.",
    lambda task: {"prd": task.prd_id},
    lambda random: any_task(random, prd__isnull=False),
    indexes=("tasks_prd",),
    buffers=3_000,
    removed=200,
    note=PLANNING,
)
register_list(
    "parent_task_id",
    "The children of a task.",
    lambda task: {"parent_task": task.parent_task_id},
    lambda random: any_task(random, parent_task__isnull=False),
    indexes=("tasks_parent",),
    buffers=200,
    note=PLANNING,
)
register_list(
    "created",
    "A repository's tasks of one week: the window is a range of ids.",
    lambda task: {
        "pk__gte": uuid7_floor(uuid7_time(task.pk) - WINDOW),
        "pk__lt": uuid7_floor(uuid7_time(task.pk)),
    },
    indexes=("tasks_repository_newest",),
    partitions=2,
    buffers=600,
    removed=OTHERS,
)
register_query(
    NamedQuery(
        name="tasks.list.state.deleted",
        purpose="What was deleted last in a repository.",
        draw=deleted_task,
        build=deleted_page,
        indexes=("tasks_bin",),
        buffers=2_000,
    )
)
register_query(
    NamedQuery(
        name="tasks.list.state.deleted.deep",
        purpose="What was deleted in a repository before a task: the cursor is that deletion.",
        draw=deleted_task,
        build=lambda task: deleted_page(task, Position(task.deletion_batch, task.pk)),
        indexes=("tasks_bin",),
        buffers=5_000,
        note=SORTING,
    )
)
register_query(
    NamedQuery(
        name="tasks.counts",
        purpose="How many live tasks a repository has, by status.",
        draw=any_task,
        build=lambda task: (
            Task.objects.filter(repository=task.repository_id)
            .order_by()
            .values("status")
            .annotate(tasks=Count("pk"))
        ),
        indexes=("tasks_repository_status",),
        buffers=6_000,
        note=COUNTING,
    )
)
