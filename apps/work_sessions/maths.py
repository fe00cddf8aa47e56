"""How much time work took, from sessions that may overlap: exact, without clock and database.

A session has spans of activity and, of each task, intervals in which it was under way. Moments are
whole numbers of one unit, whichever the caller takes; what comes out is a fraction of that unit, so
that no order of rows and no splitting of an interval changes a sum by rounding.

* An interval that ends when or before it begins (a clock that stepped back) counts for nothing.
* Outside of the spans nobody works: gaps count for nothing.
* Where k tasks of one session are under way at an instant, each weighs 1/k.
* Where several sessions have one task under way at an instant, it weighs the greatest of what it
  weighs in them: the time on the wall is counted once.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import NamedTuple

NOTHING = Fraction(0)


class Interval(NamedTuple):
    """From `start`, included, to `end`, not included."""

    start: int
    end: int


class Weighed(NamedTuple):
    """A stretch in which a task weighs 1/`among`: so many were under way beside each other."""

    start: int
    end: int
    among: int


@dataclass(frozen=True, slots=True)
class SessionTimes:
    """A session: when it was active, and when each of its tasks was under way."""

    spans: Sequence[Interval]
    under_way: Mapping[Hashable, Sequence[Interval]] = field(default_factory=dict)


def joined(intervals: Iterable[Interval]) -> list[Interval]:
    """The same instants in intervals that neither touch nor overlap, in order."""
    found: list[Interval] = []
    for start, end in sorted(each for each in intervals if each.start < each.end):
        if found and start <= found[-1].end:
            found[-1] = Interval(found[-1].start, max(found[-1].end, end))
        else:
            found.append(Interval(start, end))
    return found


def common(first: Iterable[Interval], second: Iterable[Interval]) -> list[Interval]:
    """The instants that lie in both."""
    ones, others = joined(first), joined(second)
    found: list[Interval] = []
    i = j = 0
    while i < len(ones) and j < len(others):
        shared = Interval(max(ones[i].start, others[j].start), min(ones[i].end, others[j].end))
        if shared.start < shared.end:
            found.append(shared)
        if ones[i].end <= others[j].end:
            i += 1
        else:
            j += 1
    return found


def without(intervals: Iterable[Interval], holes: Iterable[Interval]) -> list[Interval]:
    """The instants that lie in `intervals` and in none of `holes`."""
    found: list[Interval] = []
    gaps = joined(holes)
    for start, end in joined(intervals):
        at = start
        for hole in gaps:
            if hole.end <= at or hole.start >= end:
                continue
            found.append(Interval(at, hole.start))
            at = hole.end
        found.append(Interval(at, end))
    return [each for each in found if each.start < each.end]


def length(intervals: Iterable[Interval]) -> int:
    """How long they are together; what lies in several counts once."""
    return sum(end - start for start, end in joined(intervals))


def active_time(session: SessionTimes) -> int:
    """How long a session was active."""
    return length(session.spans)


def focused_time(session: SessionTimes) -> int:
    """How long a session was active with some task under way."""
    every = [each for intervals in session.under_way.values() for each in intervals]
    return length(common(every, session.spans))


def weigh(session: SessionTimes) -> dict[Hashable, list[Weighed]]:
    """When each task of a session was under way while it was active, and among how many."""
    spans = joined(session.spans)
    changes: dict[int, list[tuple[Hashable, bool]]] = {}
    for task, intervals in session.under_way.items():
        for start, end in common(intervals, spans):
            changes.setdefault(start, []).append((task, True))
            changes.setdefault(end, []).append((task, False))
    found: dict[Hashable, list[Weighed]] = {task: [] for task in session.under_way}
    current: set[Hashable] = set()
    before = 0
    for moment in sorted(changes):
        for task in current:
            found[task].append(Weighed(before, moment, len(current)))
        current -= {task for task, begins in changes[moment] if not begins}
        current |= {task for task, begins in changes[moment] if begins}
        before = moment
    return found


def time_in(stretches: Iterable[Weighed]) -> Fraction:
    """What stretches of one task in one session come to."""
    return sum((Fraction(each.end - each.start, each.among) for each in stretches), NOTHING)


def time_per_task(sessions: Iterable[SessionTimes]) -> dict[Hashable, Fraction]:
    """What each task took over all sessions, in the unit of the moments."""
    stretches: dict[Hashable, list[Weighed]] = {}
    for session in sessions:
        for task, weighed in weigh(session).items():
            stretches.setdefault(task, []).extend(weighed)
    return {task: _greatest(found) for task, found in stretches.items()}


def _greatest(stretches: Iterable[Weighed]) -> Fraction:
    """The integral of the greatest weight at each instant."""
    changes: dict[int, Counter[int]] = {}
    for start, end, among in stretches:
        changes.setdefault(start, Counter())[among] += 1
        changes.setdefault(end, Counter())[among] -= 1
    total = NOTHING
    current: Counter[int] = Counter()
    before = 0
    for moment in sorted(changes):
        if current:
            total += Fraction(moment - before, min(current))
        for among, change in changes[moment].items():
            current[among] += change
            if not current[among]:
                del current[among]
        before = moment
    return total
