"""What a client says of tasks in a session."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from apps.accounts.models import User
from apps.core.errors import InvalidInputError
from apps.tasks.models import Task
from apps.work_sessions.choices import TaskEvent
from apps.work_sessions.models import SessionTask, WorkSession

from .access import check_within, lock_session, require_going_on, require_own, text_of
from .links import begin, complete, go_on, last_event, link_of, stop, stopped_since
from .spans import note_activity


@transaction.atomic
def record_task(
    *,
    actor: User,
    session: WorkSession,
    task_id: UUID,
    event: TaskEvent,
    at: datetime | None = None,
) -> WorkSession:
    """A task was started, stopped or completed in the session, at `at` (default: now).

    The same again changes nothing. The task itself stays as it is: its status is another matter.

    Raises `DomainError`: `session_closed`, `permission_denied`, `repository_archived`,
    `invalid_request` (a task that is no live one of the repository, one that is stopped before it
    was started, a time outside of the session, in the future or before the task's last one).
    """
    locked = lock_session(session)
    require_own(locked, actor)
    require_going_on(locked)
    now = max(timezone.now(), locked.start_time)
    if at is not None:
        check_within("/at", at, locked)
    task = Task.objects.filter(pk=task_id, repository=locked.repository_id).only("pk").first()
    if task is None:
        detail = f"There is no live task {task_id} in {locked.repository.name}."
        raise InvalidInputError("/task_id", detail)
    _record(locked, task, event, at, now)
    if at is not None and at < now:
        note_activity(locked, at)  # work that is told afterwards
    note_activity(locked, now)
    return locked


def _record(
    session: WorkSession, task: Task, event: TaskEvent, given: datetime | None, now: datetime
) -> None:
    link = link_of(session, task)
    # A client whose clock is ahead has told of what comes; without a time it is over by now.
    at = given or (now if link is None else max(now, last_event(link)))
    if link is None:
        if event is TaskEvent.STOPPED:
            detail = "The task was not started in this session, so it cannot be stopped."
            raise InvalidInputError("/task_id", detail)
        link = begin(session, task, at)
    _check_order(link, at)
    if event is TaskEvent.STARTED:
        go_on(link, at)
    elif event is TaskEvent.STOPPED and stopped_since(link) is None:
        stop(link, at)
    elif event is TaskEvent.COMPLETED and link.completed_at is None:
        complete(link, at)


def _check_order(link: SessionTask, at: datetime) -> None:
    last = last_event(link)
    if at < last:
        detail = f"The task's last event in this session was at {text_of(last)}."
        raise InvalidInputError("/at", f"{detail} Events are told in their order.")
