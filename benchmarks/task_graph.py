"""What the figures of a graph of tasks cost: `python -m benchmarks.task_graph`.

CPU seconds of one process, the best of three, and the memory that the tasks, their waits and the
figures take at most, for tasks with twice as many waits: in layers of 100 (many chains of the same
length), in one chain, and at random. It prints a table and judges nothing: reading the rows comes
on top, and the API refuses more than 100,000 open tasks at once.
"""

from __future__ import annotations

import platform
import time
import tracemalloc
from collections.abc import Callable
from datetime import UTC, datetime
from random import Random
from uuid import UUID

from apps.tasks.flow import FlowTask, measure

RUNS = 3
SIZES = (10_000, 60_000, 100_000, 200_000)
WIDTH = 100
Edges = list[tuple[int, int]]


def layers(size: int) -> Edges:
    """Each task waits for two of the layer before."""
    return [
        (n, before)
        for n in range(WIDTH, size)
        for before in (n - WIDTH, n - n % WIDTH - WIDTH + (n + 1) % WIDTH)
    ]


def one_chain(size: int) -> Edges:
    """Each task waits for the two before it."""
    return [(n, before) for n in range(size) for before in (n - 1, n - 2) if before >= 0]


def at_random(size: int) -> Edges:
    """Each task waits for two older ones."""
    random = Random(1)
    return [(n, random.randrange(n)) for n in range(1, size) for _ in range(2)]


GRAPHS: dict[str, Callable[[int], Edges]] = {
    "in layers": layers,
    "one chain": one_chain,
    "at random": at_random,
}


def inputs(size: int, edges: Edges) -> tuple[list[FlowTask], list[tuple[UUID, UUID]]]:
    """The graph with ids and estimates."""
    random = Random(2)
    ids = [UUID(int=random.getrandbits(128)) for _ in range(size)]
    tasks = [FlowTask(key, random.randrange(5, 480)) for key in ids]
    return tasks, [(ids[task], ids[other]) for task, other in edges]


def cost(size: int, edges: Edges) -> tuple[float, float, int]:
    """CPU seconds, MB at most, and the length of the critical path."""
    tasks, waits = inputs(size, edges)
    best, length = float("inf"), 0
    for _ in range(RUNS):
        start = time.process_time()
        length = len(measure(tasks, waits).critical_path)
        best = min(best, time.process_time() - start)
    tracemalloc.start()
    tasks, waits = inputs(size, edges)
    measure(tasks, waits)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    return best, peak / 1e6, length


def main() -> None:
    """Print the table."""
    stamp = f"{datetime.now(UTC):%Y-%m-%d}, Python {platform.python_version()}"
    print(f"{stamp}, {platform.machine()}, best of {RUNS}, CPU seconds")
    for name, make in GRAPHS.items():
        print(f"\n{name}")
        for size in SIZES:
            edges = make(size)
            seconds, megabytes, length = cost(size, edges)
            print(
                f"  {size:7,} tasks, {len(edges):7,} waits {seconds:6.2f} s,"
                f" {megabytes:5,.0f} MB, a path of {length:,}",
                flush=True,
            )


if __name__ == "__main__":
    main()
