"""Finished work in the database: streams of kinds of work, as tasks that were really closed."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta

from apps.repositories.models import Repository
from apps.tasks.models import Task

START = datetime(2026, 3, 2, 9, tzinfo=UTC)
TITLES = {
    "design": "Design the form",
    "implement": "Implement the form",
    "test": "Test the form",
    "review": "Review the form",
    "deploy": "Deploy the form",
    "fix": "Fix the form",
    "document": "Document the form",
    "": "Grapefruit",
}
FLOW = ("design", "implement", "test")
# Three repeats of a flow among streams that have the same kinds of work in other orders.
HABIT = [
    *[["design", "implement", "test", "review"]] * 12,
    *[["fix", "review", "document", "fix"], ["review", "document", "deploy", "fix"]] * 4,
    *[["document", "test", "design", "fix"], ["implement", "fix", "deploy", "review"]] * 4,
]


def finish(
    repository: Repository,
    streams: Iterable[Sequence[str]],
    *,
    name: str = "session",
    start: datetime = START,
    **values: object,
) -> list[Task]:
    """A session for each stream, in which a task is closed every 20 minutes."""
    tasks: list[Task] = []
    for number, steps in enumerate(streams):
        begun = start + timedelta(days=number)
        for place, step in enumerate(steps):
            closed = begun + timedelta(minutes=20 * (place + 1))
            tasks.append(
                Task(
                    **{
                        "repository": repository,
                        "content": TITLES[step],
                        "session_id": f"{name}-{number}",
                        "status": "completed",
                        "started_at": closed - timedelta(minutes=15),
                        "completed_at": closed,
                        **values,
                    }
                )
            )
    created: list[Task] = Task.objects.bulk_create(tasks)
    return created
