"""What happens to each made-up task, and when: only moves that `lifecycle.TRANSITIONS` allows.

A task waits for what it depends on, is closed before its parent, and goes into the bin together
with its parent or PRD: what the services would have let happen. Times are milliseconds since 1970.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from math import log
from typing import NamedTuple

from apps.tasks.choices import TaskStatus

from .rows import Change

Uniform = Callable[[], float]
HOUR = 3_600_000
DAY = 24 * HOUR
PENDING = TaskStatus.PENDING.value
IN_PROGRESS = TaskStatus.IN_PROGRESS.value
COMPLETED = TaskStatus.COMPLETED.value
CANCELLED = TaskStatus.CANCELLED.value
CLOSED = frozenset({COMPLETED, CANCELLED})
# Shares of the ways that a task can go.
FINISHED, REOPENED, DROPPED, DROPPED_IN_WORK, REVIVED, PAUSED, IN_WORK = (
    0.76, 0.80, 0.84, 0.88, 0.89, 0.91, 0.93
)  # fmt: skip


class Deletion(NamedTuple):
    """A soft deletion: when, and the batch and the transaction of all that went with it."""

    at: int
    batch: str
    change: Change


class Move(NamedTuple):
    """A task comes into a status."""

    at: int
    status: str


@dataclass(slots=True)
class Bounds:
    """What others make of a task's life."""

    created: int
    until: int
    # Not before this may it be worked on; None while something that it depends on is open.
    startable: int | None
    # By then it is closed, because its parent was.
    close_by: int | None
    deletion: Deletion | None


@dataclass(slots=True)
class Life:
    """What happened: moves in order of time, and the deletion, which is after them."""

    created: int
    deletion: Deletion | None = None
    moves: list[Move] = field(default_factory=list)

    def first_closed(self) -> int | None:
        """When it was closed for the first time."""
        return next((move.at for move in self.moves if move.status in CLOSED), None)

    def out_of_the_way(self) -> int | None:
        """From when on it blocks nothing: closed for good, or deleted. None while it blocks."""
        if self.moves and self.moves[-1].status in CLOSED:
            return self.moves[-1].at
        return self.deletion.at if self.deletion else None


def live(bounds: Bounds, uniform: Uniform) -> Life:
    """One life within the bounds."""
    planned = _planned(bounds, uniform)
    deletion = bounds.deletion
    end = min(bounds.until, deletion.at - 1) if deletion else bounds.until
    moves = [move for move in planned if move.at <= end]
    return Life(created=bounds.created, deletion=deletion, moves=moves)


def _planned(bounds: Bounds, uniform: Uniform) -> list[Move]:
    kind = uniform()
    if bounds.close_by is not None:
        return _closed_in_time(bounds, bounds.close_by, kind, uniform)
    if bounds.startable is None:
        return []
    start = max(bounds.created, bounds.startable) + _after(2 * DAY, uniform)
    end = start + _after(36 * HOUR, uniform)
    if kind < REOPENED:
        moves = [Move(start, IN_PROGRESS), Move(end, COMPLETED)]
        if kind >= FINISHED:
            again = end + _after(3 * DAY, uniform)
            done = again + _after(DAY, uniform)
            # Cut off as a whole, or a task that others waited for would be open again.
            if done <= bounds.until:
                moves += [Move(again, IN_PROGRESS), Move(done, COMPLETED)]
        return moves
    if kind < DROPPED:
        return [Move(end, CANCELLED)]
    if kind < DROPPED_IN_WORK:
        return [Move(start, IN_PROGRESS), Move(end, CANCELLED)]
    if kind < REVIVED:
        return [Move(start, CANCELLED), Move(end, PENDING)]
    if kind < PAUSED:
        return [Move(start, IN_PROGRESS), Move(end, PENDING)]
    if kind < IN_WORK:
        return [Move(start, IN_PROGRESS)]
    return []


def _closed_in_time(bounds: Bounds, close_by: int, kind: float, uniform: Uniform) -> list[Move]:
    """The caller has made sure that there is time between `startable` and `close_by`."""
    earliest = max(bounds.created, bounds.startable or 0)
    room = close_by - earliest
    first, second = sorted((uniform(), uniform()))
    start = earliest + 1 + int(first * (room - 2))
    end = max(start + 1, earliest + 2 + int(second * (room - 3)))
    if kind < DROPPED:
        return [Move(start, IN_PROGRESS), Move(min(end, close_by), COMPLETED)]
    return [Move(start, CANCELLED)]


def _after(mean: int, uniform: Uniform) -> int:
    """An exponential wait, at least a millisecond."""
    return 1 + int(-mean * log(1.0 - uniform()))
