"""How the time of one session was spent, task by task, with all that it follows from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from .maths import (
    Interval,
    SessionTimes,
    active_time,
    common,
    focused_time,
    length,
    time_in,
    weigh,
)
from .models import SessionSpan, SessionTask, WorkSession
from .times import end_of, instant, time_of_tasks, times_of, under_way


@dataclass(frozen=True, slots=True)
class TaskAccount:
    """What one task took; times in microseconds."""

    link: SessionTask
    intervals: Sequence[Interval]  # under way while the session was active
    weighed: Fraction
    total: Fraction  # over all sessions

    @property
    def time_under_way(self) -> int:
        return length(self.intervals)


@dataclass(frozen=True, slots=True)
class SessionAccount:
    """How a session's time was spent; times in microseconds."""

    session: WorkSession
    spans: Sequence[SessionSpan]
    times: SessionTimes
    tasks: Sequence[TaskAccount]

    @property
    def wall(self) -> int:
        return instant(end_of(self.session)) - instant(self.session.start_time)

    @property
    def active(self) -> int:
        return active_time(self.times)

    @property
    def focused(self) -> int:
        return focused_time(self.times)


def account_for(session: WorkSession) -> SessionAccount:
    """The account of a session: a fixed number of queries, however many tasks it has."""
    spans = list(SessionSpan.objects.filter(session=session).order_by("started_at", "pk"))
    links = list(
        SessionTask.objects.filter(session=session)
        .select_related("task")
        .only(
            "session",
            "started_at",
            "stopped_at",
            "completed_at",
            "pauses",
            "task__content",
            "task__status",
            "task__deleted_at",
            "task__actual_minutes",
            "task__estimated_minutes",
        )
        .order_by("started_at", "pk")
    )
    times = times_of(session, spans, links)
    weighed = weigh(times)
    totals = time_of_tasks([link.task_id for link in links])
    end = end_of(session)
    tasks = [
        TaskAccount(
            link=link,
            intervals=common(under_way(link, end), times.spans),
            weighed=time_in(weighed[link.task_id]),
            total=totals.get(link.task_id, Fraction(0)),
        )
        for link in links
    ]
    return SessionAccount(session=session, spans=spans, times=times, tasks=tasks)
