"""What sessions learn from tasks: work that carries a session's id begins, stops and is done.

The triggers of tasks mark such a task in the outbox; a worker hands its id over, at least once.
Everything here reads the task as it is now, so doing it again changes nothing.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from uuid import UUID

from django.db import transaction

from apps.core.ids import uuid7_floor
from apps.tasks.choices import TaskStatus
from apps.tasks.models import Task, TaskEvent
from apps.work_sessions.models import SessionTask, WorkSession

from .closing import roll_up, score_of
from .links import begin, complete, go_on, last_event, link_of, stop, stopped_since
from .spans import note_activity

# So many of the newest tasks that carry its id does a session look at when it begins and ends.
NEWEST = 200
COLUMNS = ("repository", "session_id", "status", "started_at", "completed_at", "updated_at")


@transaction.atomic
def derive_session_work(ids: Sequence[UUID]) -> None:
    """Bring the sessions of these tasks up to date with them."""
    wanted: dict[UUID, list[Task]] = defaultdict(list)
    for task in Task.objects.filter(pk__in=ids).only(*COLUMNS).order_by("pk"):
        for key in _sessions_of(task):
            wanted[key].append(task)
    closed = []
    for session in _locked(wanted):
        changed = [apply_task(session, task) for task in wanted[session.pk]]
        if any(changed) and not session.is_active:
            _judge_again(session)
            closed.append(session)
    # After all sessions are locked: whoever ends one locks its tasks last, too.
    roll_up(closed)


def derive_of_session(session: WorkSession) -> None:
    """Bring a session, which the caller has locked, up to date with the tasks that carry its id or
    are under way in it: also with those that no worker has seen yet."""
    carrying = (
        Task.objects.filter(repository=session.repository_id, session_id=session.session_id)
        .order_by("-pk")
        .values_list("pk", flat=True)
    )
    under_way = SessionTask.objects.filter(
        session=session, stopped_at__isnull=True, completed_at__isnull=True
    )
    ids = {*carrying[:NEWEST], *under_way.values_list("task_id", flat=True)}
    for task in Task.objects.filter(pk__in=ids).only(*COLUMNS).order_by("pk"):
        apply_task(session, task)


def apply_task(session: WorkSession, task: Task) -> bool:
    """Let the session's row of a task say what the task says; whether that was news."""
    moment = _moment_in(session, task)
    if moment is None:
        return False
    link = link_of(session, task)
    if task.session_id != session.session_id:
        # Another session's work by now; here it is over as soon as it is over there.
        if link is None or not _is_over(link, task):
            return False
        stop(link, max(moment, last_event(link)))
        return True
    if link is None and task.status in (TaskStatus.IN_PROGRESS, TaskStatus.COMPLETED):
        began = max(task.started_at or moment, session.start_time)
        link = begin(session, task, min(began, moment))
    elif link is None:
        return False
    elif task.status == TaskStatus.IN_PROGRESS:
        if not _resumed(link, task):
            return False
        go_on(link, moment)
    elif task.status != TaskStatus.COMPLETED:
        if not _is_over(link, task):
            return False
        stop(link, max(moment, last_event(link)))
    elif link.completed_at is not None:
        return False
    if task.status == TaskStatus.COMPLETED:
        complete(link, max(moment, last_event(link)))
    note_activity(session, moment)
    return True


def _moment(task: Task) -> datetime:
    """When the task came to be what it is: of completion it says so, else its last change does."""
    if task.status == TaskStatus.COMPLETED and task.completed_at is not None:
        return task.completed_at
    return task.updated_at


def _moment_in(session: WorkSession, task: Task) -> datetime | None:
    """The same, if it lies within the session. What was under way when it began goes on in it."""
    moment = _moment(task)
    if session.is_active and task.status == TaskStatus.IN_PROGRESS:
        moment = max(moment, session.start_time)
    if moment < session.start_time or (session.end_time and moment > session.end_time):
        return None
    return moment


def _is_over(link: SessionTask, task: Task) -> bool:
    """Whether a task that is under way here by its row is not worked on any more.

    Pending is what it may have been all along while its session says that it was started: only
    what was in progress since was put back. Of that the row knows nothing, history does.
    """
    if stopped_since(link) is not None or task.status == TaskStatus.IN_PROGRESS:
        return False
    if task.status != TaskStatus.PENDING:
        return True
    since = uuid7_floor(last_event(link))
    images = TaskEvent._base_manager.filter(pgh_obj=task.pk)
    before = images.filter(pgh_id__lt=since).order_by("-pgh_id").values_list("status", flat=True)
    worked_on = images.filter(pgh_id__gte=since, status=TaskStatus.IN_PROGRESS)
    return before.first() == TaskStatus.IN_PROGRESS or worked_on.exists()


def _resumed(link: SessionTask, task: Task) -> bool:
    since = stopped_since(link)
    return since is not None and task.updated_at > since


def _sessions_of(task: Task) -> Iterable[UUID]:
    """The session that the task's id names at that moment, and, once the task is not worked on any
    more, all others in which it is under way: nobody works on it there, either."""
    found: set[UUID] = set()
    if task.session_id:
        sessions = WorkSession.objects.of(task.repository_id, task.session_id)
        own = sessions.around(_moment(task)).first()
        if own is None and task.status == TaskStatus.IN_PROGRESS:
            own = sessions.active().first()
        if own is not None:
            found.add(own.pk)
    if task.status != TaskStatus.IN_PROGRESS:
        elsewhere = SessionTask.objects.filter(
            task=task, stopped_at__isnull=True, completed_at__isnull=True
        )
        found.update(elsewhere.values_list("session_id", flat=True))
    return found


def _locked(keys: Collection[UUID]) -> list[WorkSession]:
    """In one order, so that two workers do not wait for each other."""
    return list(
        WorkSession.objects.select_related("repository")
        .select_for_update(of=("self",), no_key=True)
        .filter(pk__in=keys)
        .order_by("pk")
    )


def _judge_again(session: WorkSession) -> None:
    columns = score_of(session)
    for name, value in columns.items():
        setattr(session, name, value)
    session.save(update_fields=[*columns])
