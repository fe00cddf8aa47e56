"""Time per task: against a slow model, and what holds of it whatever sessions look like."""

from __future__ import annotations

from collections.abc import Hashable
from fractions import Fraction
from random import Random

from hypothesis import given
from hypothesis import strategies as st

from apps.work_sessions.maths import (
    Interval,
    SessionTimes,
    Weighed,
    active_time,
    common,
    focused_time,
    joined,
    length,
    time_in,
    time_per_task,
    weigh,
    without,
)

from .model_of_maths import (
    SECONDS,
    lies_in,
    slow_active_time,
    slow_focused_time,
    slow_time_per_task,
)

# Of any two moments: also reversed and empty, as clocks that step back leave them.
moments = st.integers(SECONDS.start, SECONDS.stop - 1)
intervals = st.builds(Interval, moments, moments)
some = st.lists(intervals, max_size=5)
sessions = st.builds(
    SessionTimes,
    spans=some,
    under_way=st.dictionaries(st.sampled_from("abcd"), some, max_size=4),
)
several = st.lists(sessions, max_size=4)


@given(several)
def test_it_agrees_with_counting_seconds(found: list[SessionTimes]) -> None:
    assert time_per_task(found) == slow_time_per_task(found)


@given(sessions)
def test_active_and_focused_time_agree_with_counting_seconds(session: SessionTimes) -> None:
    assert active_time(session) == slow_active_time(session)
    assert focused_time(session) == slow_focused_time(session)


@given(sessions)
def test_the_tasks_of_a_session_take_what_it_was_focused(session: SessionTimes) -> None:
    """Together exactly that, so never more than it was active."""
    together = sum((time_in(stretches) for stretches in weigh(session).values()), Fraction(0))
    assert together == focused_time(session) <= active_time(session)


@given(several)
def test_a_task_takes_no_longer_than_the_clock_on_the_wall(found: list[SessionTimes]) -> None:
    for task, took in time_per_task(found).items():
        on_the_wall = [
            each
            for session in found
            for each in common(session.under_way.get(task, []), session.spans)
        ]
        assert 0 <= took <= length(on_the_wall)


@given(several)
def test_a_further_session_takes_nothing_away(found: list[SessionTimes]) -> None:
    alone = time_per_task(found[:1])
    together = time_per_task(found)
    assert all(together[task] >= took for task, took in alone.items())


def shuffled(session: SessionTimes, random: Random) -> SessionTimes:
    under_way: list[tuple[Hashable, list[Interval]]] = [
        (task, random.sample(list(rows), len(rows))) for task, rows in session.under_way.items()
    ]
    random.shuffle(under_way)
    return SessionTimes(random.sample(list(session.spans), len(session.spans)), dict(under_way))


@given(several, st.randoms(use_true_random=False))
def test_the_order_of_rows_does_not_matter(found: list[SessionTimes], random: Random) -> None:
    other = [shuffled(session, random) for session in found]
    random.shuffle(other)
    assert time_per_task(other) == time_per_task(found)


def split(rows: list[Interval], at: int) -> list[Interval]:
    cut: list[Interval] = []
    for row in rows:
        inside = row.start < at < row.end
        cut += [Interval(row.start, at), Interval(at, row.end)] if inside else [row]
    return cut


@given(several, moments)
def test_splitting_an_interval_changes_nothing(found: list[SessionTimes], at: int) -> None:
    other = [
        SessionTimes(
            split(list(session.spans), at),
            {task: split(list(rows), at) for task, rows in session.under_way.items()},
        )
        for session in found
    ]
    assert time_per_task(other) == time_per_task(found)


@given(several, intervals)
def test_a_reversed_or_empty_interval_counts_for_nothing(
    found: list[SessionTimes], stray: Interval
) -> None:
    nothing = Interval(max(stray), min(stray))
    other = [
        SessionTimes(
            [*session.spans, nothing],
            {task: [nothing, *rows] for task, rows in session.under_way.items()},
        )
        for session in found
    ]
    assert time_per_task(other) == time_per_task(found)


@given(some, some)
def test_sets_of_instants(first: list[Interval], second: list[Interval]) -> None:
    for made, rule in (
        (joined([*first, *second]), lambda one, other: one or other),
        (common(first, second), lambda one, other: one and other),
        (without(first, second), lambda one, other: one and not other),
    ):
        assert made == joined(made), "in order, apart"
        for second_of in SECONDS:
            one, other = lies_in(second_of, first), lies_in(second_of, second)
            assert lies_in(second_of, made) == rule(one, other)


def test_two_tasks_at_once_share_the_time() -> None:
    session = SessionTimes(
        [Interval(0, 60)], {"a": [Interval(0, 40)], "b": [Interval(20, 60)], "c": []}
    )
    assert time_per_task([session]) == {"a": 30, "b": 30, "c": 0}
    assert weigh(session)["a"] == [Weighed(0, 20, 1), Weighed(20, 40, 2)]


def test_two_sessions_at_once_count_the_wall_clock_once() -> None:
    """In the second it has half of the time for itself: the greater of the two weights holds."""
    first = SessionTimes([Interval(0, 60)], {"a": [Interval(0, 60)], "b": [Interval(0, 60)]})
    second = SessionTimes([Interval(0, 60)], {"a": [Interval(30, 60)]})
    assert time_per_task([first]) == {"a": 30, "b": 30}
    assert time_per_task([first, second]) == {"a": 45, "b": 30}
    assert time_per_task([second, second]) == {"a": 30}


def test_a_gap_counts_for_nothing() -> None:
    session = SessionTimes([Interval(0, 10), Interval(50, 60)], {"a": [Interval(5, 55)]})
    assert time_per_task([session]) == {"a": 10}


def test_a_session_without_spans_or_tasks() -> None:
    assert time_per_task([]) == {}
    assert time_per_task([SessionTimes([])]) == {}
    assert time_per_task([SessionTimes([], {"a": [Interval(0, 60)]})]) == {"a": 0}
