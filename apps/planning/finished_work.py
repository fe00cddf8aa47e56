"""What the miner looks at, as the database has it: finished tasks, in two statements."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Count
from django.db.models.functions import Coalesce

from apps.planning.mining import ClosedTask
from apps.repositories.models import Repository
from apps.task_patterns.work_types import WorkType, classify
from apps.tasks.choices import TaskStatus
from apps.tasks.models import Task, TaskEvent

CLOSED = (TaskStatus.COMPLETED, TaskStatus.CANCELLED)
_COLUMNS = (
    "pk", "repository_id", "session_id", "assignee", "content", "tags", "source_section", "status",
    "started_at", "closed_at",
)  # fmt: skip
_CHUNK = 5_000


def read_finished_work(
    *, repository: Repository | None, since: datetime | None, most: int
) -> list[ClosedTask]:
    """The tasks that were closed since then, at most the `most` newest; deleted ones are not there.

    A cancelled task has no time of its own for that: it counts as closed when it was last changed.
    """
    tasks = Task.objects.filter(status__in=CLOSED)
    if repository is not None:
        tasks = tasks.filter(repository=repository)
    tasks = tasks.annotate(closed_at=Coalesce("completed_at", "updated_at"))
    if since is not None:
        tasks = tasks.filter(closed_at__gte=since)
    newest = tasks.order_by("-closed_at", "-pk").values_list(*_COLUMNS)[:most]
    repeated = set(_completed_again(repository))
    return list(_closed_tasks(newest.iterator(chunk_size=_CHUNK), repeated))


def _completed_again(repository: Repository | None) -> Iterator[UUID]:
    """The tasks that were completed, reopened and completed again, as history knows."""
    events = TaskEvent.objects.filter(status=TaskStatus.COMPLETED)
    if repository is not None:
        events = events.filter(repository=repository)
    times = events.values("pgh_obj_id").annotate(times=Count("completed_at", distinct=True))
    yield from times.filter(times__gt=1).values_list("pgh_obj_id", flat=True)


def _closed_tasks(rows: Iterator[tuple[Any, ...]], repeated: set[UUID]) -> Iterator[ClosedTask]:
    names: dict[UUID, str] = {}
    for pk, repository, session, assignee, content, tags, section, status, started, closed in rows:
        kind = classify(content, tags, section).work_type
        yield ClosedTask(
            id=str(pk),
            repository=names.setdefault(repository, str(repository)),
            session=session,
            assignee=assignee,
            work_type="" if kind is WorkType.OTHER else kind.value,
            completed=status == TaskStatus.COMPLETED,
            started_at=started,
            closed_at=closed,
            again=pk in repeated,
        )
