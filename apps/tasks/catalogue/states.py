"""A repository's list by what follows from a task and its links."""

from __future__ import annotations

from typing import Any

from apps.core.catalogue import NamedQuery, register_query
from apps.tasks.choices import TaskStatus
from apps.tasks.models import Task
from apps.tasks.queue import WINDOW, head, waiting_for

from .lists import PAGE, repository_list
from .notes import ASKING, PLANNING
from .samples import any_task

register_query(
    NamedQuery(
        name="tasks.list.state.ready",
        purpose="What can be started now in a repository.",
        draw=any_task,
        build=lambda task: repository_list(task).ready()[:PAGE],
        indexes=(
            "tasks_repository_status",
            "tasks_parent",
            "task_dependencies_unique",
            "task_claims_task_id_key",
        ),
        buffers=20_000,
        removed=1_000,
        note=ASKING,
    )
)
register_query(
    NamedQuery(
        name="tasks.list.state.blocked",
        purpose="What waits for other tasks in a repository.",
        draw=any_task,
        build=lambda task: repository_list(task).blocked()[:PAGE],
        indexes=("tasks_repository_status", "task_dependencies_unique"),
        buffers=20_000,
        removed=1_000,
        note=PLANNING,
    )
)
register_query(
    NamedQuery(
        name="tasks.list.state.overdue",
        purpose="What is open in a repository and was due before now.",
        draw=any_task,
        build=lambda task: repository_list(task).overdue()[:PAGE],
        indexes=("tasks_repository_overdue",),
        buffers=2_000,
        removed=1_000,
    )
)
register_query(
    NamedQuery(
        name="tasks.queue.head",
        purpose="The ready tasks of a repository by when they should be begun.",
        draw=any_task,
        build=lambda task: head(task.repository_id)[: WINDOW + 1],
        indexes=(
            "tasks_repository_act_by",
            "tasks_parent",
            "task_dependencies_unique",
            "task_claims_task_id_key",
        ),
        buffers=40_000,
        removed=2_000,
        note=ASKING,
    )
)
register_query(
    NamedQuery(
        name="tasks.queue.waiting",
        purpose="How many open tasks wait for each of a hundred pending ones.",
        draw=any_task,
        build=lambda task: waiting_for(newest_pending(task)),
        indexes=("task_dependencies_depends_on_id_54fa1d42",),
        buffers=20_000,
        removed=2_000,
        note=PLANNING,
    )
)


def newest_pending(task: Any) -> list[Any]:
    """As many pending tasks of the repository as the queue's head has."""
    pending = Task.objects.filter(repository=task.repository_id, status=TaskStatus.PENDING)
    return list(pending.order_by("-pk").values_list("pk", flat=True)[:WINDOW])
