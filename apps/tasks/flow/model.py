"""The tasks of a graph, what each weighs, and who waits for whom."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from uuid import UUID

# Where nothing in a repository has an estimate: an hour.
ASSUMED_MINUTES = 60

Wait = tuple[UUID, UUID]  # the first waits for the second


@dataclass(frozen=True, slots=True)
class FlowTask:
    """A task that is open, or that is cancelled and holds others up."""

    id: UUID
    minutes: int
    assumed: bool = False


def assumed_minutes(median_estimate: int | None) -> int:
    """What a task without an estimate counts for: as much as the others' median."""
    return ASSUMED_MINUTES if median_estimate is None else median_estimate


def weigh(
    task_id: UUID, estimate: int | None, *, is_open: bool, is_parent: bool, assumed: int
) -> FlowTask:
    """The task with its minutes.

    A parent of open children counts for nothing: it is no work itself, and its estimate is that of
    its children, which would be counted twice. Nor does a cancelled one: nobody will work on it.
    """
    if not is_open or is_parent:
        return FlowTask(task_id, 0)
    if estimate is None:
        return FlowTask(task_id, assumed, assumed=True)
    return FlowTask(task_id, estimate)


class WaitGraph:
    """Tasks by place instead of id: the places follow the ids, so the lower place is the lower id.

    `waits_for` and `holds_up` are the same edges, seen from either end, each once and in order.
    Waits that name a task which is not among `tasks` are none of this graph.
    """

    def __init__(self, tasks: Iterable[FlowTask], waits: Iterable[Wait]) -> None:
        # By the number in it: to compare two UUIDs is a call in Python.
        self.tasks: Sequence[FlowTask] = sorted(tasks, key=lambda task: task.id.int)
        self.places = {task.id: place for place, task in enumerate(self.tasks)}
        if len(self.places) != len(self.tasks):
            raise ValueError("a task is given twice")
        place_of = self.places.get
        edges = {
            (place, other_place)
            for task, other in waits
            if (place := place_of(task)) is not None
            and (other_place := place_of(other)) is not None
        }
        self.edge_count = len(edges)
        self.waits_for: list[list[int]] = [[] for _ in self.tasks]
        self.holds_up: list[list[int]] = [[] for _ in self.tasks]
        for place, other in sorted(edges):
            self.waits_for[place].append(other)
            self.holds_up[other].append(place)

    def __len__(self) -> int:
        return len(self.tasks)

    def ids(self, places: Iterable[int]) -> tuple[UUID, ...]:
        """The ids of the tasks at these places."""
        return tuple(self.tasks[place].id for place in places)


def first_to_last(
    graph: WaitGraph, without: Collection[int] = frozenset()
) -> tuple[list[int], set[int]]:
    """The tasks, each after all that it waits for; and those for which there is no such order.

    What is `without` counts as if it were not there. The others without an order are on a circle,
    or wait for one.
    """
    missing = {
        place: sum(other not in without for other in graph.waits_for[place])
        for place in range(len(graph))
        if place not in without
    }
    order = [place for place, number in missing.items() if number == 0]
    for place in order:  # it grows meanwhile
        for other in graph.holds_up[place]:
            if other in missing:
                missing[other] -= 1
                if missing[other] == 0:
                    order.append(other)
    return order, missing.keys() - set(order)
