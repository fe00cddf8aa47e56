"""What is asked of the seed command, checked: how many rows, of which seed, up to which moment."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from math import isqrt

from dateutil.relativedelta import relativedelta

MOST_TASKS = 20_000_000
MOST_REPOSITORIES = 10_000
MOST_SEED = 2**31 - 1
SPAN = relativedelta(years=2)
EARLIEST = datetime(2015, 1, 1, tzinfo=UTC)


class SeedRefusedError(Exception):
    """The request cannot be met; the message says why and what can."""


@dataclass(frozen=True, slots=True)
class SeedRequest:
    """Equal requests give equal rows, byte for byte."""

    tasks: int
    repositories: int
    seed: int
    until: datetime

    @property
    def start(self) -> datetime:
        """From when on there are rows."""
        return self.until - SPAN

    @property
    def prefix(self) -> str:
        """How the repositories' names begin: one seed, one set of names."""
        return f"seed-{self.seed}/"


def usual_repositories(tasks: int) -> int:
    """200 for a million tasks, 9 for two thousand."""
    return min(MOST_REPOSITORIES, max(1, isqrt(tasks) // 5))


def make_request(
    *, tasks: int, repositories: int | None, seed: int, until: datetime | None, now: datetime
) -> SeedRequest:
    """The request, or `SeedRefusedError` in one sentence."""
    if not 1 <= tasks <= MOST_TASKS:
        raise SeedRefusedError(f"--tasks must be from 1 to {MOST_TASKS:,}, not {tasks:,}.")
    if repositories is None:
        repositories = usual_repositories(tasks)
    most = min(MOST_REPOSITORIES, tasks)
    if not 1 <= repositories <= most:
        raise SeedRefusedError(
            f"--repositories must be from 1 to {most:,} for {tasks:,} tasks, not {repositories:,}."
        )
    if not 0 <= seed <= MOST_SEED:
        raise SeedRefusedError(f"--seed must be from 0 to {MOST_SEED:,}, not {seed:,}.")
    until = (until or now).replace(microsecond=0)
    if until > now:
        raise SeedRefusedError("--until lies in the future: no row may be made there.")
    if until < EARLIEST + SPAN:
        raise SeedRefusedError(f"--until must be {(EARLIEST + SPAN).date()} or later.")
    return SeedRequest(tasks=tasks, repositories=repositories, seed=seed, until=until)
