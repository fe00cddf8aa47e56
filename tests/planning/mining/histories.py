"""Made-up finished work: sessions of random steps, into some of which a flow is planted."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from random import Random

from apps.planning.mining import ClosedTask

START = datetime(2026, 3, 2, 9, tzinfo=UTC)
FLOW = ("design", "implement", "test", "review", "deploy")
# As uneven as real work is.
KINDS = {
    "implement": 24, "fix": 18, "test": 13, "review": 10, "document": 7, "design": 6, "refactor": 5,
    "configure": 4, "deploy": 4, "research": 3, "plan": 2, "migrate": 2, "clean_up": 2,
}  # fmt: skip


def random_steps(random: Random, count: int) -> list[str]:
    return random.choices(list(KINDS), list(KINDS.values()), k=count)


def random_streams(random: Random, tasks: int, longest: int = 12) -> list[list[str]]:
    """Streams of two to `longest` steps, of so many tasks together."""
    streams: list[list[str]] = []
    while tasks > 1:
        streams.append(random_steps(random, min(tasks, random.randint(2, longest))))
        tasks -= len(streams[-1])
    return streams


def planted(
    random: Random, tasks: int, share: float, flow: Sequence[str] = FLOW, *, gaps: bool = False
) -> list[list[str]]:
    """Random streams; a share of them holds the flow, with strangers between if `gaps`."""
    streams = random_streams(random, tasks)
    for stream in streams:
        if random.random() < share:
            steps: list[str] = []
            for step in flow:
                if gaps and steps and random.random() < 0.3:
                    steps += random_steps(random, 1)
                steps.append(step)
            at = random.randint(0, len(stream))
            stream[at : at + len(steps)] = steps
    return streams


def closed_tasks(
    streams: Iterable[Sequence[str]], repositories: int = 1, minutes: int = 20
) -> list[ClosedTask]:
    """The streams as tasks: one session each, one task closed every `minutes`."""
    tasks: list[ClosedTask] = []
    for number, steps in enumerate(streams):
        begun = START + timedelta(days=number // 20, minutes=number % 20)
        for place, step in enumerate(steps):
            closed = begun + timedelta(minutes=minutes * (place + 1))
            tasks.append(
                ClosedTask(
                    id=f"{number:05}-{place:04}",
                    repository=f"made-up/{number % repositories}",
                    session=f"session-{number}",
                    assignee="",
                    work_type=step,
                    completed=True,
                    started_at=closed - timedelta(minutes=minutes),
                    closed_at=closed,
                )
            )
    return tasks
