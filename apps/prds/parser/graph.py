"""Circles in a graph of anything, found in linear time and without recursion."""

from __future__ import annotations

from collections import deque
from collections.abc import Hashable, Iterable, Mapping, Sequence
from typing import TypeVar

K = TypeVar("K", bound=Hashable)


def components(graph: Mapping[K, Sequence[K]]) -> list[list[K]]:
    """Strongly connected components with more than one member (Tarjan), in the graph's order."""
    index: dict[K, int] = {}
    low: dict[K, int] = {}
    on_stack: set[K] = set()
    stack: list[K] = []
    found: list[list[K]] = []
    position = {key: place for place, key in enumerate(graph)}
    for root in graph:
        if root in index:
            continue
        work = [(root, iter(graph[root]))]
        index[root] = low[root] = len(index)
        stack.append(root)
        on_stack.add(root)
        while work:
            node, rest = work[-1]
            for target in rest:
                if target not in index:
                    index[target] = low[target] = len(index)
                    stack.append(target)
                    on_stack.add(target)
                    work.append((target, iter(graph[target])))
                    break
                if target in on_stack:
                    low[node] = min(low[node], index[target])
            else:
                work.pop()
                if work:
                    low[work[-1][0]] = min(low[work[-1][0]], low[node])
                if low[node] == index[node]:
                    members = _pop_until(stack, on_stack, node)
                    if len(members) > 1:
                        found.append(sorted(members, key=position.__getitem__))
    return sorted(found, key=lambda members: position[members[0]])


def shortest_cycle(graph: Mapping[K, Sequence[K]], members: Iterable[K], start: K) -> list[K]:
    """A shortest way from `start` back to itself within one component, both ends included."""
    allowed = set(members)
    before: dict[K, K] = {}
    queue = deque([start])
    while queue:
        node = queue.popleft()
        for target in graph[node]:
            if target == start:
                way = [start]
                while node != start:
                    way.append(node)
                    node = before[node]
                return [start, *reversed(way[1:]), start]
            if target in allowed and target not in before:
                before[target] = node
                queue.append(target)
    return [start]  # pragma: no cover - a member of a component always has a way back


def _pop_until(stack: list[K], on_stack: set[K], node: K) -> list[K]:
    members: list[K] = []
    while True:
        member = stack.pop()
        on_stack.discard(member)
        members.append(member)
        if member == node:
            return members
