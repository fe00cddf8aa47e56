"""The times of sessions as their rows have them, for the maths: moments are microseconds."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from typing import Any
from uuid import UUID

from apps.tasks.models import MOST_MINUTES

from .maths import Interval, SessionTimes, common, time_per_task, without
from .models import SessionSpan, SessionTask, WorkSession

# How minutes are counted; docs/sessions.md says how.
FORMULA = "st-1"
EPOCH = datetime.fromtimestamp(0, UTC)
MICROSECOND = timedelta(microseconds=1)
SECOND, MINUTE = 1_000_000, 60_000_000


def instant(moment: datetime) -> int:
    """A moment as the maths has it."""
    return (moment - EPOCH) // MICROSECOND


def whole_minutes(time: Fraction) -> int:
    """To the nearest minute, half a minute up; what took any time took one at least, and no task
    more than a week: what `actual_minutes` can hold."""
    if time <= 0:
        return 0
    return min(max(1, int((time / MINUTE) + Fraction(1, 2))), MOST_MINUTES)


def end_of(session: WorkSession) -> datetime:
    """When it ended; of one that goes on, when it was last heard of."""
    return max(session.end_time or session.last_seen_at, session.start_time)


def under_way(link: Any, end: datetime) -> list[Interval]:
    """When a task was under way in a session that lasted until `end`."""
    stops = [moment for moment in (link.stopped_at, link.completed_at) if moment is not None]
    start = instant(link.started_at)
    pauses = [
        Interval(start + pause["from_ms"] * 1000, start + pause["to_ms"] * 1000)
        for pause in link.pauses
    ]
    return without([Interval(start, instant(min([*stops, end])))], pauses)


def times_of(
    session: WorkSession, spans: Iterable[SessionSpan], links: Iterable[SessionTask]
) -> SessionTimes:
    """A session's times out of its rows. What lies outside of the session counts for nothing."""
    end = end_of(session)
    whole = [Interval(instant(session.start_time), instant(end))]
    active = [Interval(instant(span.started_at), instant(span.until)) for span in spans]
    return SessionTimes(
        spans=common(active, whole),
        under_way={link.task_id: under_way(link, end) for link in links},
    )


def read_times(sessions: Iterable[WorkSession]) -> dict[UUID, SessionTimes]:
    """The times of these sessions: two queries."""
    known = {session.pk: session for session in sessions}
    spans: dict[UUID, list[SessionSpan]] = defaultdict(list)
    for span in SessionSpan.objects.filter(session__in=known):
        spans[span.session_id].append(span)
    links: dict[UUID, list[SessionTask]] = defaultdict(list)
    for link in SessionTask.objects.filter(session__in=known):
        links[link.session_id].append(link)
    return {key: times_of(each, spans[key], links[key]) for key, each in known.items()}


def time_of_tasks(
    tasks: Collection[UUID], *, meanwhile: WorkSession | None = None
) -> dict[UUID, Fraction]:
    """What each of these tasks took over all sessions, in microseconds.

    `meanwhile`: a session as it is about to be written.
    """
    with_tasks = SessionTask.objects.filter(task__in=tasks).values("session")
    sessions = {
        each.pk: each
        for each in WorkSession.objects.filter(pk__in=with_tasks).only(
            "start_time", "end_time", "last_seen_at"
        )
    }
    if meanwhile is not None and meanwhile.pk in sessions:
        sessions[meanwhile.pk] = meanwhile
    found: Mapping[Any, Fraction] = time_per_task(read_times(sessions.values()).values())
    return {task: found[task] for task in tasks if task in found}
