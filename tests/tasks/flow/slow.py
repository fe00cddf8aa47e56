"""What the figures mean, said slowly: every chain is written out. For small graphs only."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import product

Weights = Mapping[int, int]
Waits = set[tuple[int, int]]


def reachable(tasks: Sequence[int], waits: Waits) -> Waits:
    """Every pair of which the first waits for the second, be it through others (Warshall)."""
    reach = set(waits)
    for middle, start, end in product(tasks, repeat=3):
        if (start, middle) in reach and (middle, end) in reach:
            reach.add((start, end))
    return reach


def circles(tasks: Sequence[int], waits: Waits) -> set[frozenset[int]]:
    """The sets of tasks that wait for one another."""
    reach = reachable(tasks, waits)
    return {
        frozenset(
            other
            for other in tasks
            if other == task or ((task, other) in reach and (other, task) in reach)
        )
        for task in tasks
        if (task, task) in reach
    }


def stuck(tasks: Sequence[int], waits: Waits) -> set[int]:
    """What waits for a circle without being on it."""
    on_circle = set().union(*circles(tasks, waits))
    reach = reachable(tasks, waits)
    return {
        task
        for task in tasks
        if task not in on_circle and any((task, other) in reach for other in on_circle)
    }


def chains(tasks: Sequence[int], waits: Waits) -> Iterator[tuple[int, ...]]:
    """Every chain of tasks, what is to be done first at its beginning."""

    def longer(chain: tuple[int, ...]) -> Iterator[tuple[int, ...]]:
        yield chain
        for task in tasks:
            if (task, chain[-1]) in waits:
                yield from longer((*chain, task))

    for task in tasks:
        yield from longer((task,))


def without_circles(tasks: Sequence[int], waits: Waits) -> tuple[list[int], Waits]:
    """The graph that is left when circles are taken out."""
    on_circle = set().union(*circles(tasks, waits))
    left = [task for task in tasks if task not in on_circle]
    return left, {(task, other) for task, other in waits if not {task, other} & on_circle}


def critical_path(weights: Weights, waits: Waits) -> tuple[int, ...]:
    def rank(chain: tuple[int, ...]) -> tuple[int, int, tuple[int, ...]]:
        return -sum(weights[task] for task in chain), -len(chain), chain[::-1]

    return min(chains(*without_circles(sorted(weights), waits)), key=rank, default=())


def longest_chain(weights: Weights, waits: Waits) -> tuple[int, ...]:
    def rank(chain: tuple[int, ...]) -> tuple[int, int, tuple[int, ...]]:
        return -len(chain), -sum(weights[task] for task in chain), chain[::-1]

    longest = min(chains(*without_circles(sorted(weights), waits)), key=rank, default=())
    return longest if len(longest) > 1 else ()


def slack(weights: Weights, waits: Waits) -> dict[int, int]:
    """How much longer each task can take before the whole takes longer: found by trying."""

    def whole(longer: Weights) -> int:
        path = critical_path(longer, waits)
        return sum(longer[task] for task in path)

    left, _ = without_circles(sorted(weights), waits)
    now = whole(weights)
    found = {}
    for task in left:
        more = 0
        while whole({**weights, task: weights[task] + more + 1}) == now:
            more += 1
        found[task] = more
    return found
