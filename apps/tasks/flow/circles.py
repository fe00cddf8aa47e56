"""Tasks that wait for one another in a circle.

Parents and dependencies are each free of circles (ADR 0015), but a task may depend on its own
parent, which waits for its children: both together can close one.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from uuid import UUID

from apps.prds.parser.graph import components, shortest_cycle

from .model import WaitGraph


@dataclass(frozen=True, slots=True)
class Circle:
    """A set of tasks of which each waits, in the end, for each other one.

    `way` is a shortest circle through the one of the lowest id: each waits for the next, and the
    last is the first again.
    """

    members: tuple[UUID, ...]
    way: tuple[UUID, ...]


def find_circles(graph: WaitGraph, among: Collection[int]) -> tuple[list[Circle], set[int]]:
    """The circles among some tasks, by their lowest ids, and the places of all their members."""
    part = {
        place: [other for other in graph.waits_for[place] if other in among]
        for place in sorted(among)
    }
    found = components(part)
    circles = [
        Circle(graph.ids(members), graph.ids(shortest_cycle(part, members, members[0])))
        for members in found
    ]
    return circles, {place for members in found for place in members}
