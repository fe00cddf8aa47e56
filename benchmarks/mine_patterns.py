"""What mining costs: `python -m benchmarks.mine_patterns [--plot FILE]`.

CPU seconds of one process, the best of two, for everything from finished tasks to the canonical
bytes: streams, frequent patterns, 200 shuffles, figures. The histories: one with a flow planted in
35 % of its sessions, one that is random, one of long random sessions. They are drawn into
`benchmarks/reports/mine_patterns.svg`; linear time is a straight line there. Exits with 1 if 10,000
tasks take 5 seconds or more.
"""

from __future__ import annotations

import argparse
import platform
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from random import Random

from apps.planning.mining import ClosedTask, mine
from benchmarks.line_chart import line_chart
from tests.planning.mining.histories import closed_tasks, planted, random_streams

RUNS = 2
REPORT = Path(__file__).parent / "reports" / "mine_patterns.svg"
SIZES = (1_000, 2_000, 5_000, 10_000, 20_000, 50_000, 100_000)
PROMISED_SIZE, PROMISED_SECONDS = 10_000, 5.0

Streams = list[list[str]]
HISTORIES: dict[str, Callable[[int], Streams]] = {
    "a flow in 35 %": lambda size: planted(Random(1), size, 0.35),
    "random": lambda size: random_streams(Random(1), size),
    "long sessions": lambda size: random_streams(Random(1), size, longest=100),
}


def history(make: Callable[[int], Streams], size: int) -> list[ClosedTask]:
    """Exactly `size` tasks in ten repositories."""
    return closed_tasks(make(size), repositories=10)[:size]


def cost(tasks: list[ClosedTask]) -> tuple[float, int]:
    """CPU seconds, the best of the runs, and how many patterns were found."""
    best, found = float("inf"), 0
    for _ in range(RUNS):
        start = time.process_time()
        result = mine(tasks)
        result.canonical()
        best = min(best, time.process_time() - start)
        found = len(result.patterns)
    return best, found


def main() -> None:
    """Print the table and draw the lines."""
    parser = argparse.ArgumentParser(description="What mining patterns costs.")
    parser.add_argument("--plot", type=Path, default=REPORT, help=f"default: {REPORT}")
    plot: Path = parser.parse_args().plot
    stamp = f"{datetime.now(UTC):%Y-%m-%d}, Python {platform.python_version()}"
    print(f"{stamp}, {platform.machine()}, best of {RUNS}, CPU seconds")
    lines: dict[str, list[tuple[float, float]]] = {}
    late = []
    for name, make in HISTORIES.items():
        points = lines[name] = []
        print(f"\n{name}")
        for size in SIZES:
            seconds, found = cost(history(make, size))
            points.append((size / 1_000, seconds))
            print(f"  {size:7,} tasks {seconds:7.2f} s, {found} patterns", flush=True)
            if size == PROMISED_SIZE and seconds >= PROMISED_SECONDS:
                late.append(name)
    plot.parent.mkdir(parents=True, exist_ok=True)
    chart = line_chart(lines, f"Mining patterns ({stamp})", "thousands of tasks", "CPU seconds")
    plot.write_text(chart, encoding="utf-8")
    print(f"\n{plot} drawn")
    if late:
        sys.exit(f"{PROMISED_SIZE:,} tasks took {PROMISED_SECONDS} s or more: {', '.join(late)}")


if __name__ == "__main__":
    main()
