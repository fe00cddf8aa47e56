"""Reads that begin with one task."""

from __future__ import annotations

from apps.audit.history import read_history
from apps.core.catalogue import NamedQuery, register_query
from apps.tasks.models import Task, TaskExternalKey

from .notes import PLANNING
from .samples import any_task

HISTORY_PAGE = 20

register_query(
    NamedQuery(
        name="tasks.get",
        purpose="One task by its id, as the API shows it.",
        draw=any_task,
        build=lambda task: Task.objects.for_display().filter(pk=task.pk),
        indexes=("tasks_pkey", "task_external_keys_task_id_key"),
        partitions=1,
        buffers=40,
    )
)
register_query(
    NamedQuery(
        name="tasks.external_keys",
        purpose="Which keys of an import the repository has given already.",
        draw=any_task,
        build=lambda task: TaskExternalKey.objects.filter(
            repository=task.repository_id, key__in=[f"GH-{number}" for number in range(1, 51)]
        ).values_list("key", flat=True),
        indexes=("task_external_keys_unique",),
        buffers=400,
    )
)
register_query(
    NamedQuery(
        name="tasks.dependencies",
        purpose="What a task depends on, and what depends on it.",
        draw=lambda random: any_task(random, dependency_links__isnull=False),
        build=lambda task: Task.objects.only("id").filter(pk=task.pk).with_links(),
        indexes=(
            "tasks_pkey",
            "task_dependencies_unique",
            "task_dependencies_depends_on_id_54fa1d42",
        ),
        buffers=400,
        removed=50,
        note=PLANNING,
    )
)
register_query(
    NamedQuery(
        name="tasks.history",
        purpose="The newest entries of a task's history, with those of its links.",
        draw=any_task,
        build=lambda task: read_history(Task, task.pk, limit=HISTORY_PAGE).entries,
        indexes=("tasks_events_obj", "task_dependencies_events_task"),
        buffers=600,
        removed=100,
    )
)
