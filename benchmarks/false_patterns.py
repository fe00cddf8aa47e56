"""How often shuffled history has a pattern: `python -m benchmarks.false_patterns [--seeds 100]`.

Each seed makes another history with flows in it and shuffles every stream, so whatever is found in
it is false. With the default parameters 1 % of histories may have even one pattern. Exits with 1 if
more than 5 % of any size have one.
"""

from __future__ import annotations

import argparse
import sys
import time
from random import Random

from apps.planning.mining import Parameters, mine
from tests.planning.mining.histories import closed_tasks, planted

SIZES = (200, 600, 2_000)
MOST = 0.05


def shuffled_history(seed: int, tasks: int) -> list[list[str]]:
    random = Random(seed)
    streams = planted(random, tasks, 0.35)
    for stream in streams:
        random.shuffle(stream)
    return streams


def main() -> None:
    """Print the rate for each size of history."""
    parser = argparse.ArgumentParser(description="How often shuffled history has a pattern.")
    parser.add_argument("--seeds", type=int, default=100)
    parser.add_argument("--shuffles", type=int, default=Parameters().shuffles)
    options = parser.parse_args()
    parameters, failed = Parameters(shuffles=options.shuffles), False
    print(f"{options.seeds} shuffled histories of each size, {parameters.shuffles} shuffles each")
    for size in SIZES:
        start, tested, histories, patterns = time.process_time(), 0, 0, 0
        for seed in range(options.seeds):
            result = mine(closed_tasks(shuffled_history(seed, size)), parameters)
            tested += result.counts["closed"]
            histories += bool(result.patterns)
            patterns += len(result.patterns)
        failed |= histories > MOST * options.seeds
        print(
            f"{size:6,} tasks: {histories} of {options.seeds} histories have a false pattern "
            f"({histories / options.seeds:.1%}), {patterns} of {tested:,} candidates "
            f"({time.process_time() - start:.0f} s)",
            flush=True,
        )
    sys.exit(failed)


if __name__ == "__main__":
    main()
