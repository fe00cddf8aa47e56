"""What was finished last, by whom: that from which the next step follows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db.models import QuerySet

from apps.repositories.models import Repository
from apps.tasks.choices import TaskStatus
from apps.tasks.models import Task
from apps.tasks.queue import Standing

LONGEST_TAIL = 10
NEWEST = 500  # of a session's or a person's tasks, so many of the newest are looked at
PAUSE = timedelta(hours=8)
"""What was closed longer before the next belongs to other work (as in docs/patterns.md)."""

COLUMNS = (
    "id",
    "content",
    "status",
    "tags",
    "source_section",
    "session_id",
    "assignee",
    "completed_at",
    "parent_task_id",
)


@dataclass(slots=True)
class Situation:
    """For whom suggestions are made, and what they did before.

    `tail` is what was finished, the last at the end; with a task that is being worked on, that is
    the last. `by` says whose it is: of the task, the session, the assignee or the repository.
    """

    repository: Repository
    now: datetime
    session_id: str
    task: Task | None
    tail: Sequence[Task]
    by: str
    # What `sources.ready` has read, for the other sources.
    ready: Sequence[Standing] | None = None

    @property
    def last(self) -> Task | None:
        return self.tail[-1] if self.tail else None


def read_situation(
    repository: Repository,
    *,
    now: datetime,
    session_id: str = "",
    assignee: str = "",
    task: Task | None = None,
) -> Situation:
    """Where the work stands: in the session, else for the assignee, else in the repository."""
    owners: list[tuple[str, QuerySet[Task]]] = []
    session = session_id or (task.session_id if task else "")
    person = (task.assignee if task else "") or assignee
    if session:
        owners.append(("session", finished_in_session(repository.pk, session)))
    elif person:
        owners.append(("assignee", finished_by(repository.pk, person)))
    tail: list[Task] = []
    by = "task" if task else "nothing"
    for name, tasks in owners:
        tail = last_finished(tasks, now)
        by = name if tail and not task else by
    if not tail and not task:
        tail = last_finished(finished(repository.pk), now)[-1:]
        by = "repository" if tail else by
    if task is not None:
        tail = [*(each for each in tail if each.pk != task.pk), task]
    return Situation(repository, now, session, task, tuple(tail), by)


def finished(repository_id: UUID) -> Any:
    """What is completed in a repository, the newest first."""
    return (
        Task.objects.filter(repository=repository_id, completed_at__isnull=False)
        .only(*COLUMNS)
        .order_by("-completed_at", "-pk")
    )


def finished_in_session(repository_id: UUID, session_id: str) -> Any:
    """The newest tasks of a session."""
    tasks = Task.objects.filter(repository=repository_id, session_id=session_id)
    return tasks.only(*COLUMNS).order_by("-pk")[:NEWEST]


def finished_by(repository_id: UUID, assignee: str) -> Any:
    """The newest tasks of a person that belong to no session."""
    tasks = Task.objects.filter(repository=repository_id, assignee=assignee)
    return tasks.only(*COLUMNS).order_by("-pk")[:NEWEST]


def last_finished(tasks: Any, now: datetime) -> list[Task]:
    """Of `tasks`, those completed last without a long pause between them, the last at the end."""
    rows = tasks if tasks.query.is_sliced else tasks[:LONGEST_TAIL]
    done = [task for task in rows if task.status == TaskStatus.COMPLETED]
    done.sort(key=lambda task: (task.completed_at, task.pk), reverse=True)
    tail: list[Task] = []
    for task in done[:LONGEST_TAIL]:
        if task.completed_at > now:
            continue
        if tail and tail[-1].completed_at - task.completed_at > PAUSE:
            break
        tail.append(task)
    return tail[::-1]
