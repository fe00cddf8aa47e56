"""The session maths once more, second by second: slow, and plain enough to be believed."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from fractions import Fraction

from apps.work_sessions.maths import Interval, SessionTimes

SECONDS = range(61)  # every moment that tests draw


def lies_in(second: int, intervals: Sequence[Interval]) -> bool:
    """Whether the second from `second` on lies in one of them."""
    return any(start <= second < end for start, end in intervals)


def weight_at(second: int, session: SessionTimes, task: Hashable) -> Fraction:
    """What a task weighs in a session in one second."""
    if not lies_in(second, session.spans):
        return Fraction(0)
    there = [key for key, intervals in session.under_way.items() if lies_in(second, intervals)]
    return Fraction(1, len(there)) if task in there else Fraction(0)


def slow_time_per_task(sessions: Sequence[SessionTimes]) -> dict[Hashable, Fraction]:
    """As `maths.time_per_task`."""
    tasks = {task for session in sessions for task in session.under_way}
    return {
        task: sum(
            (max(weight_at(second, session, task) for session in sessions) for second in SECONDS),
            Fraction(0),
        )
        for task in tasks
    }


def slow_active_time(session: SessionTimes) -> int:
    """As `maths.active_time`."""
    return sum(lies_in(second, session.spans) for second in SECONDS)


def slow_focused_time(session: SessionTimes) -> int:
    """As `maths.focused_time`."""
    return sum(
        lies_in(second, session.spans)
        and any(lies_in(second, intervals) for intervals in session.under_way.values())
        for second in SECONDS
    )
