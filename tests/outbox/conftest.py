"""A kind of the tests' own, and entries of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import timedelta
from uuid import UUID

import pytest
from django.db import connection

from apps.outbox import handlers
from apps.outbox.worker import Pace

PROBE = "probe"
# Nothing waits: a failed entry is due again at once.
AT_ONCE = Pace(first_delay=timedelta(0))


@pytest.fixture
def handle_probe() -> Iterator[Callable[[handlers.Handle], None]]:
    """Registers a handler of the kind `probe`, until the test ends."""

    def register(handle: handlers.Handle) -> None:
        handlers._handlers.pop(PROBE, None)
        handlers.register_handler(PROBE, handle)

    yield register
    handlers._handlers.pop(PROBE, None)


@pytest.fixture
def handled(handle_probe: Callable[[handlers.Handle], None]) -> list[list[UUID]]:
    """The batches of kind `probe` that were handled."""
    batches: list[list[UUID]] = []

    def handle(entity_ids: Sequence[UUID]) -> None:
        batches.append(list(entity_ids))

    handle_probe(handle)
    return batches


def queue(count: int = 1, *, kind: str = PROBE) -> list[UUID]:
    """Write entries as a trigger would, with the owner's rights; their entities, in order."""
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO outbox (kind, entity_id)"
            " SELECT %s, uuid7() FROM generate_series(1, %s) RETURNING entity_id",
            [kind, count],
        )
        return [entity for (entity,) in cursor.fetchall()]


def change(entity: UUID, *, kind: str = PROBE) -> None:
    """Mark an entity again, as the triggers do."""
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO outbox (kind, entity_id) VALUES (%s, %s)"
            " ON CONFLICT (kind, entity_id) DO UPDATE SET sequence = EXCLUDED.sequence,"
            " available_at = EXCLUDED.available_at, attempts = 0, dead_at = NULL",
            [kind, entity],
        )


def let_time_pass(seconds: float) -> None:
    """Leases and delays are that much nearer to their end."""
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE outbox SET available_at = available_at - make_interval(secs => %s)", [seconds]
        )
