"""A repository's list by what follows from a task and its links."""

from __future__ import annotations

from django.utils import timezone

from apps.core.catalogue import NamedQuery, register_index, register_query
from apps.tasks.queue import head

from .lists import PAGE, repository_list
from .notes import ASKING, PLANNING
from .samples import any_task

register_query(
    NamedQuery(
        name="tasks.list.state.ready",
        purpose="What can be started now in a repository.",
        draw=any_task,
        build=lambda task: repository_list(task).ready()[:PAGE],
        # Of claims the planner takes that of the task or that of the expiry: as many as hold.
        indexes=("tasks_repository_status", "tasks_parent", "task_dependencies_unique"),
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
        purpose="The ready tasks of a repository by when they should be begun, and why.",
        draw=any_task,
        build=lambda task: head(task.repository_id, now=timezone.now()),
        indexes=(),
        buffers=20_000,
        note="In a function: its plan is not seen, what it reads is counted.",
    )
)
register_index("tasks_repository_act_by", "The order in which the function ready_queue_head reads.")
