"""The row of a task in a session: one, however often the task is stopped and started again."""

from __future__ import annotations

from datetime import datetime, timedelta

from apps.tasks.models import Task
from apps.work_sessions.models import SessionTask, WorkSession

# After so many pauses the last two are joined: what lay between them counts for nothing.
MOST_PAUSES = 200
MILLISECOND = timedelta(milliseconds=1)


def link_of(session: WorkSession, task: Task) -> SessionTask | None:
    """The task's row in the session, if it was worked on there."""
    link: SessionTask | None = SessionTask.objects.filter(session=session, task=task).first()
    return link


def stopped_since(link: SessionTask) -> datetime | None:
    """Since when the task is not under way any more; None while it is."""
    return min((at for at in (link.stopped_at, link.completed_at) if at is not None), default=None)


def last_event(link: SessionTask) -> datetime:
    """When something last happened to the task in the session."""
    moments = [link.started_at, link.stopped_at, link.completed_at]
    if link.pauses:
        moments.append(link.started_at + link.pauses[-1]["to_ms"] * MILLISECOND)
    return max(moment for moment in moments if moment is not None)


def last_event_in(session: WorkSession) -> datetime:
    """When something last happened to a task of the session; its start when nothing did."""
    links = SessionTask.objects.filter(session=session)
    return max([session.start_time, *(last_event(link) for link in links)])


def begin(session: WorkSession, task: Task, at: datetime) -> SessionTask:
    """The task is under way from `at` on."""
    link: SessionTask = SessionTask.objects.create(session=session, task=task, started_at=at)
    return link


def go_on(link: SessionTask, at: datetime) -> None:
    """A task that was stopped or completed is under way again from `at` on, not before its stop."""
    stop = stopped_since(link)
    if stop is None:
        return
    pause = {
        "from_ms": (stop - link.started_at) // MILLISECOND,
        "to_ms": (at - link.started_at) // MILLISECOND,
    }
    pauses = list(link.pauses)
    if len(pauses) == MOST_PAUSES:
        pause["from_ms"] = pauses.pop()["from_ms"]
    link.pauses = [*pauses, pause]
    link.stopped_at = link.completed_at = None
    link.save(update_fields=["pauses", "stopped_at", "completed_at"])


def stop(link: SessionTask, at: datetime) -> None:
    """The task is not under way any more from `at` on."""
    link.stopped_at = max(at, link.started_at)
    link.save(update_fields=["stopped_at"])


def complete(link: SessionTask, at: datetime) -> None:
    """The task was completed at `at`."""
    link.completed_at = max(at, link.started_at)
    link.save(update_fields=["completed_at"])
