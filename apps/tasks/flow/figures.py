"""The figures of a graph of tasks."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from uuid import UUID

from .chains import best_chain
from .circles import Circle, find_circles
from .model import FlowTask, Wait, WaitGraph, first_to_last


@dataclass(frozen=True, slots=True)
class Figures:
    """What a graph of tasks says of them.

    Tasks on a circle can never be done as things stand: they are in `circles` and in none of the
    other figures. What waits for a circle is `stuck`, and is counted as if the circle were not
    there.
    """

    tasks: Mapping[UUID, FlowTask]
    waits: int
    critical_path: tuple[UUID, ...]
    minutes: int
    longest_chain: tuple[UUID, ...]
    slack: Mapping[UUID, int]
    circles: tuple[Circle, ...]
    stuck: frozenset[UUID]
    total_minutes: int

    @property
    def assumed(self) -> int:
        """How many tasks have no estimate."""
        return sum(task.assumed for task in self.tasks.values())


def measure(tasks: Iterable[FlowTask], waits: Iterable[Wait]) -> Figures:
    """The figures of `tasks`, of which each pair of `waits` names one and what it waits for.

    - critical path: the chain of the most minutes, what is to be done first at its beginning; of
      equal ones the longer one. `minutes` is how long all the work takes at least, however many
      share it.
    - longest chain: the chain of the most tasks; of equal ones that of more minutes. A single task
      waits for nothing and is none.
    - slack of a task: by how many minutes it can take longer without making the whole longer.

    Where two chains are still equal, the lower id of the last task decides, then that of the one
    before it, and so on. Time and memory are linear but for sorting; nothing recurs.
    """
    graph = WaitGraph(tasks, waits)
    order, unordered = first_to_last(graph)
    circles, on_circle = find_circles(graph, unordered) if unordered else ([], set())
    if unordered:
        order, _ = first_to_last(graph, without=on_circle)

    by_minutes = [(task.minutes, 1) for task in graph.tasks]
    by_number = [(1, task.minutes) for task in graph.tasks]
    path, up_to = best_chain(order, graph.waits_for, by_minutes)
    longest, _ = best_chain(order, graph.waits_for, by_number)
    _, onward = best_chain(order[::-1], graph.holds_up, by_minutes)
    minutes = up_to[path[-1]][0] if path else 0
    slack = {
        graph.tasks[place].id: minutes
        - (up_to[place][0] + onward[place][0] - graph.tasks[place].minutes)
        for place in order
    }
    return Figures(
        tasks={task.id: task for task in graph.tasks},
        waits=graph.edge_count,
        critical_path=graph.ids(path),
        minutes=minutes,
        longest_chain=graph.ids(longest) if len(longest) > 1 else (),
        slack=slack,
        circles=tuple(circles),
        stuck=frozenset(graph.ids(unordered - on_circle)),
        total_minutes=sum(graph.tasks[place].minutes for place in order),
    )
