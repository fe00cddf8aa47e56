"""Who closed what after what: the order in which patterns are looked for."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from itertools import groupby

from .model import ClosedTask, Parameters


@dataclass(frozen=True, slots=True)
class Stream:
    """Tasks of one repository that one session, or one person, closed without a long pause."""

    repository: str
    session: str
    assignee: str
    tasks: tuple[ClosedTask, ...]


@dataclass(frozen=True, slots=True)
class Streams:
    """What there is to mine, and how many tasks are not in it, and why."""

    streams: tuple[Stream, ...]
    tasks: int
    in_bulk: int
    alone: int


def make_streams(tasks: Iterable[ClosedTask], parameters: Parameters) -> Streams:
    """The streams of these tasks, in an order that the order of the tasks has no part in.

    Tasks closed in bulk are left out, and so are those that nothing stands beside in their stream:
    they have no order. A task without a session belongs to what its assignee closed.
    """
    ordered = sorted(tasks, key=_place)
    streams: list[Stream] = []
    in_bulk = alone = 0
    for owner, group in groupby(ordered, key=_owner):
        closed = list(group)
        kept = _without_bulk(closed, parameters)
        in_bulk += len(closed) - len(kept)
        for part in _between_pauses(kept, parameters):
            if len(part) > 1:
                streams.append(Stream(*owner, tuple(part)))
            else:
                alone += 1
    return Streams(tuple(streams), len(ordered), in_bulk, alone)


def _owner(task: ClosedTask) -> tuple[str, str, str]:
    return task.repository, task.session, "" if task.session else task.assignee


def _place(task: ClosedTask) -> tuple[object, ...]:
    return *_owner(task), task.closed_at, task.id


def _without_bulk(tasks: Sequence[ClosedTask], parameters: Parameters) -> list[ClosedTask]:
    """Without all of any tasks that were closed together, too many in too little time."""
    window = timedelta(seconds=parameters.bulk_seconds)
    dropped = [False] * len(tasks)
    first = looked_at = 0
    for last, task in enumerate(tasks):
        while task.closed_at - tasks[first].closed_at > window:
            first += 1
        if last - first + 1 > parameters.bulk_tasks:
            for place in range(max(first, looked_at), last + 1):
                dropped[place] = True
            looked_at = last + 1
    return [task for task, drop in zip(tasks, dropped, strict=True) if not drop]


def _between_pauses(
    tasks: Sequence[ClosedTask], parameters: Parameters
) -> Iterator[list[ClosedTask]]:
    pause = timedelta(seconds=parameters.pause_seconds)
    part: list[ClosedTask] = []
    for task in tasks:
        if part and task.closed_at - part[-1].closed_at > pause:
            yield part
            part = []
        part.append(task)
    if part:
        yield part
