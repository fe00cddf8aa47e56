"""Reads over all repositories, and searches."""

from __future__ import annotations

from typing import Any

from apps.accounts.models import User
from apps.core.admin.search import search_by_text
from apps.core.catalogue import NamedQuery, register_query
from apps.repositories.bin import read_bin
from apps.tasks.models import Task
from apps.tasks.querysets import WIDE_COLUMNS

from .notes import PLANNING, SEARCHING, STEPPING
from .samples import any_task, deleted_task, task_with_words

CONSOLE_PAGE = 101


def console_list(**conditions: Any) -> Any:
    """The tasks of all repositories as the console lists them, newest first."""
    tasks = Task.objects.select_related("repository").filter(**conditions)
    return tasks.defer(*WIDE_COLUMNS, "acceptance_criteria").order_by("-id")


def bin_page(**conditions: Any) -> Any:
    """Deletions that took tasks along, as the console lists them to a superuser."""
    return read_bin(User(is_superuser=True), kinds=[Task], **conditions).deletions


register_query(
    NamedQuery(
        name="tasks.newest",
        purpose="The console's list: the newest tasks of all repositories.",
        draw=any_task,
        build=lambda task: console_list()[:CONSOLE_PAGE],
        indexes=("tasks_pkey",),
        partitions=2,
        buffers=400,
        removed=100,
    )
)
register_query(
    NamedQuery(
        name="tasks.newest.status",
        purpose="The console's list, of one status.",
        draw=any_task,
        build=lambda task: console_list(status=task.status)[:CONSOLE_PAGE],
        indexes=("tasks_status_newest",),
        partitions=2,
        buffers=600,
    )
)
register_query(
    NamedQuery(
        name="tasks.search",
        purpose="Words in the tasks of all repositories, newest first.",
        draw=task_with_words,
        build=lambda sample: search_by_text(console_list(), "search", sample[1], config="english")[
            :CONSOLE_PAGE
        ],
        indexes=("tasks_search",),
        buffers=30_000,
        removed=30_000,
        note=SEARCHING,
    )
)
register_query(
    NamedQuery(
        name="tasks.search.repository",
        purpose="Words in the tasks of one repository, newest first.",
        draw=task_with_words,
        build=lambda sample: search_by_text(
            console_list(repository=sample[0].repository_id), "search", sample[1], config="english"
        )[:CONSOLE_PAGE],
        indexes=("tasks_search",),
        buffers=30_000,
        removed=30_000,
        note=SEARCHING,
    )
)
register_query(
    NamedQuery(
        name="tasks.bin",
        purpose="The console's page of what was deleted before some deletion, in all repositories.",
        draw=deleted_task,
        build=lambda task: bin_page(before=task.deletion_batch),
        indexes=("tasks_deletion_batch",),
        buffers=6_000,
        note=STEPPING,
    )
)
register_query(
    NamedQuery(
        name="tasks.bin.repository",
        purpose="The console's page of what was deleted last in a repository.",
        draw=deleted_task,
        build=lambda task: bin_page(repository=task.repository_id),
        indexes=("tasks_bin", "tasks_deletion_batch"),
        buffers=6_000,
        note=STEPPING,
    )
)
register_query(
    NamedQuery(
        name="tasks.bin.batch",
        purpose="What one deletion took along, to bring it back.",
        draw=deleted_task,
        build=lambda task: Task.all_objects.filter(deletion_batch=task.deletion_batch).only("id"),
        indexes=("tasks_deletion_batch",),
        buffers=400,
        note=PLANNING,
    )
)
