"""From rows to minutes: what times.py reads out of them, against a replay minute by minute.

The rows are those that a client may leave: ends that are missing, pauses, stops before the start,
times out of order where a clock was set, spans that reach over the session's ends.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from typing import Any
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from apps.work_sessions.maths import active_time, focused_time, time_per_task
from apps.work_sessions.models import SessionSpan, SessionTask, WorkSession
from apps.work_sessions.times import MINUTE, end_of, times_of

BEGAN = datetime(2026, 3, 28, 23, 30, tzinfo=UTC)  # an hour later clocks are set in Berlin
LONGEST = 40
TASKS = [UUID(int=number) for number in range(1, 4)]
# All rows of one example: a session, its spans, its tasks.
Rows = tuple[WorkSession, list[SessionSpan], list[SessionTask]]


def moment(minute: int) -> datetime:
    return BEGAN + timedelta(minutes=minute)


minutes = st.integers(0, LONGEST)
maybe = st.none() | minutes


@st.composite
def links(draw: st.DrawFn, task: UUID) -> SessionTask:
    stops = [draw(maybe), draw(maybe)]
    stopped, completed = (None if stop is None else moment(stop) for stop in stops)
    pairs = draw(st.lists(st.tuples(minutes, minutes), max_size=3))
    pauses = [{"from_ms": first * 60_000, "to_ms": last * 60_000} for first, last in pairs]
    return SessionTask(
        task_id=task,
        started_at=moment(draw(minutes)),
        stopped_at=stopped,
        completed_at=completed,
        pauses=pauses,
    )


@st.composite
def rows(draw: st.DrawFn) -> Rows:
    start, seen, end = draw(minutes), draw(minutes), draw(maybe)
    session = WorkSession(
        start_time=moment(start),
        last_seen_at=moment(seen),
        end_time=None if end is None else moment(end),
    )
    spans = [
        SessionSpan(started_at=moment(first), until=moment(last))
        for first, last in draw(st.lists(st.tuples(minutes, minutes), max_size=4))
    ]
    tasks = draw(st.lists(st.sampled_from(TASKS), unique=True))
    return session, spans, [draw(links(task)) for task in tasks]


def active_at(minute: int, found: Rows) -> bool:
    """Whether the session was active in the minute from `minute` on."""
    session, spans, _ = found
    at = moment(minute)
    last = session.end_time if session.end_time is not None else session.last_seen_at
    return session.start_time <= at < last and any(
        span.started_at <= at < span.until for span in spans
    )


def under_way_at(minute: int, link: SessionTask) -> bool:
    at = moment(minute)
    if at < link.started_at:
        return False
    if any(stop is not None and at >= stop for stop in (link.stopped_at, link.completed_at)):
        return False
    since = (at - link.started_at) // timedelta(milliseconds=1)
    return not any(pause["from_ms"] <= since < pause["to_ms"] for pause in link.pauses)


def counted(several: Sequence[Rows]) -> dict[Any, Fraction]:
    """The minutes of each task, minute by minute."""
    found = {link.task_id: Fraction(0) for _, _, links in several for link in links}
    for minute in range(LONGEST * 2):
        weights: dict[Any, Fraction] = {}
        for each in several:
            if active_at(minute, each):
                there = [link.task_id for link in each[2] if under_way_at(minute, link)]
                for task in there:
                    weights[task] = max(weights.get(task, Fraction(0)), Fraction(1, len(there)))
        for task, weight in weights.items():
            found[task] += weight
    return found


@given(st.lists(rows(), max_size=3))
def test_minutes_are_those_of_a_replay(several: list[Rows]) -> None:
    took = time_per_task([times_of(*each) for each in several])
    assert {task: time / MINUTE for task, time in took.items()} == counted(several)


@given(rows())
def test_active_and_focused_time_are_those_of_a_replay(found: Rows) -> None:
    times = times_of(*found)
    active = [minute for minute in range(LONGEST * 2) if active_at(minute, found)]
    focused = [minute for minute in active if any(under_way_at(minute, link) for link in found[2])]
    assert active_time(times) == len(active) * MINUTE
    assert focused_time(times) == len(focused) * MINUTE


@given(rows())
def test_a_session_never_ends_before_it_begins(found: Rows) -> None:
    session, _, _ = found
    assert end_of(session) >= session.start_time
    assert active_time(times_of(*found)) <= (end_of(session) - session.start_time) / timedelta(
        microseconds=1
    )
