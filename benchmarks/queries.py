"""What the named queries cost, partitioned and not: `make bench` (TASKS=1000000 ROUNDS=200).

Seeds a database, builds an unpartitioned twin beside it, and runs each query of the catalogue on
both in turn, with parameters drawn from the data, through the ORM, on one warm connection. Prints
a table and writes `benchmarks/reports/<date>-queries.md`. Run it on servers of its own
(`devstack exec`): it migrates and fills the database that it finds.
"""

from __future__ import annotations

import argparse
import os
import platform
import sys
import time
from collections.abc import Iterable, Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from random import Random
from statistics import median, quantiles

import django
from django.core.management import call_command
from django.db import connection

REPORTS = Path(__file__).parent / "reports"
WARM_UP = 5
LIMIT_MS = 50
LIMIT_RATIO = 2
QUERY_SEED = 20


@dataclass(frozen=True, slots=True)
class Figures:
    """One query's times in milliseconds."""

    name: str
    note: str
    rows: float
    partitioned: list[float]
    twin: list[float]

    @property
    def ratio(self) -> float:
        """Median to median."""
        return median(self.partitioned) / median(self.twin)


def p95(times: Sequence[float]) -> float:
    """The 95th percentile."""
    return quantiles(times, n=20, method="inclusive")[-1]


def measure(rounds: int) -> list[Figures]:
    """Every named query, `rounds` times on each side, in turn."""
    from apps.core.catalogue import named_queries

    from .twin import on_twin

    found = []
    for query in named_queries().values():
        random = Random(QUERY_SEED)
        times: dict[bool, list[float]] = {False: [], True: []}
        rows = []
        for number in range(WARM_UP + rounds):
            sample = query.draw(random)
            for on_the_twin in (False, True) if number % 2 else (True, False):
                with on_twin() if on_the_twin else nullcontext():
                    began = time.perf_counter()
                    answer = list(query.build(sample))
                    spent = (time.perf_counter() - began) * 1000
                if number >= WARM_UP:
                    times[on_the_twin].append(spent)
                    rows.append(len(answer))
        figures = Figures(query.name, query.note, median(rows), times[False], times[True])
        print(row(figures), flush=True)
        found.append(figures)
    return found


def row(figures: Figures) -> str:
    """One line of the table."""
    part, twin = figures.partitioned, figures.twin
    return (
        f"| `{figures.name}` | {figures.rows:.0f} | {median(part):.1f} | {p95(part):.1f}"
        f" | {median(twin):.1f} | {p95(twin):.1f} | {figures.ratio:.1f} |"
    )


def one(sql: str) -> str:
    """The only value of the only row."""
    with connection.cursor() as cursor:
        cursor.execute(sql)
        return str(cursor.fetchone()[0])


def sizes() -> Iterable[str]:
    """Table by table: rows' and indexes' size, of the partitions together and of the twin."""
    yield "| table | rows | indexes | twin's rows | twin's indexes |"
    yield "|---|---|---|---|---|"
    for table in ("tasks", "tasks_events"):
        parts = f"(SELECT relid FROM pg_partition_tree('public.{table}') WHERE isleaf)"
        cells = [
            one(f"SELECT pg_size_pretty(sum(pg_{kind}_size(relid))) FROM {parts} AS leaves")
            for kind in ("table", "indexes")
        ] + [
            one(f"SELECT pg_size_pretty(pg_{kind}_size('twin.{table}'))")
            for kind in ("table", "indexes")
        ]
        yield f"| `{table}` | {' | '.join(cells)} |"


def machine() -> str:
    """What it ran on."""
    partitions = one("SELECT count(*) FROM pg_partition_tree('tasks') WHERE isleaf")
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return (
        f"{os.cpu_count()} cores, {memory:.0f} GiB memory, {platform.machine()}, Linux"
        f" {platform.release()}, Python {platform.python_version()}, PostgreSQL"
        f" {one('SHOW server_version')} (shared_buffers {one('SHOW shared_buffers')}),"
        f" {partitions} partitions"
    )


def report(found: list[Figures], facts: list[str]) -> str:
    """The report in Markdown."""
    slow = [f for f in found if p95(f.partitioned) > LIMIT_MS]
    dearer = [f for f in found if f.ratio > LIMIT_RATIO]
    lines = [
        f"# Named queries, {datetime.now(UTC):%Y-%m-%d}",
        "",
        *facts,
        "",
        "Milliseconds of the client, rows fetched through the ORM; ratio of the medians.",
        "",
        "| query | rows | p50 | p95 | twin's p50 | twin's p95 | ratio |",
        "|---|---|---|---|---|---|---|",
        *(row(figures) for figures in found),
        "",
        f"## Above {LIMIT_MS} ms at the 95th percentile",
        "",
        *([f"- `{f.name}`: {p95(f.partitioned):.1f} ms. {f.note}" for f in slow] or ["None."]),
        "",
        f"## Dearer than {LIMIT_RATIO} times the twin",
        "",
        *([f"- `{f.name}`: {f.ratio:.1f}. {f.note}" for f in dearer] or ["None."]),
        "",
        "## Sizes",
        "",
        *sizes(),
        "",
    ]
    return "\n".join(lines)


def main() -> None:
    """Seed, build the twin, measure, report."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tasks", type=int, default=1_000_000)
    parser.add_argument("--rounds", type=int, default=200)
    options = parser.parse_args()
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "taskhub.settings.test")
    django.setup()
    from apps.planning.seed.request import make_request
    from apps.planning.seed.writer import write

    from .twin import build_twin

    load = os.getloadavg()[0]
    call_command("migrate", verbosity=0)
    now = datetime.now(UTC)
    request = make_request(tasks=options.tasks, repositories=None, seed=1, until=None, now=now)
    written = write(request, outbox=False, progress=lambda done: None)
    print(f"seeded in {written.seconds:.0f} s", flush=True)
    build_twin()
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")
    print("twin built, vacuumed", flush=True)
    found = measure(options.rounds)
    command = "python -m benchmarks.queries " + " ".join(sys.argv[1:])
    facts = [
        f"`{command.strip()}` on {machine()}.",
        f"Load average {load:.1f} at the start, {os.getloadavg()[0]:.1f} at the end.",
        "",
        f"`manage.py seed` wrote {sum(written.rows.values()):,} rows in {written.seconds:.0f} s:"
        f" {written.rows['tasks']:,} tasks, {written.rows['tasks_events']:,} events of them,"
        f" {written.rows['task_dependencies']:,} dependencies.",
    ]
    path = REPORTS / f"{now:%Y-%m-%d}-queries.md"
    path.parent.mkdir(exist_ok=True)
    path.write_text(report(found, facts), encoding="utf-8")
    print(f"written: {path}")


if __name__ == "__main__":
    main()
