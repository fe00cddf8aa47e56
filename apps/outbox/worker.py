"""The loop that handles entries: a function, so that a process can also run it in a thread."""

from __future__ import annotations

import random
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

import structlog
from django.db import Error, connection, transaction

from apps.core.context import Source, acting

from .handlers import handled_kinds, handler_of
from .services import Claim, acknowledge, bury, claim_fresh, claim_tried, postpone

logger = structlog.get_logger(__name__)

NOW = timedelta(0)


@dataclass(frozen=True, slots=True)
class Pace:
    """How much, how long, how often."""

    batch: int = 200
    # A batch must be handled within it, or another worker takes it up as well.
    lease: timedelta = timedelta(seconds=60)
    idle: timedelta = timedelta(seconds=0.5)
    # Doubled with each attempt: the twelve take about an hour. Two at least: the first one can
    # fail because of another entry of its batch.
    first_delay: timedelta = timedelta(seconds=2)
    longest_delay: timedelta = timedelta(hours=1)
    most_attempts: int = 12
    # After the database has failed us.
    pause: timedelta = timedelta(seconds=2)

    def delay(self, attempts: int) -> timedelta:
        """How long to wait after this attempt, with jitter: failures do not march in step."""
        full = min(self.longest_delay, self.first_delay * 2 ** min(attempts - 1, 30))
        return full * random.uniform(0.5, 1)  # noqa: S311  (no secret)


def run_worker(*, stop: threading.Event, pace: Pace = Pace()) -> None:
    """Handle entries until `stop` is set; the batch in hand is finished first.

    A database that goes away is waited for: leases end by themselves, nothing is lost.
    """
    logger.info("outbox_worker_started", kinds=handled_kinds())
    while not stop.is_set():
        try:
            if not work_once(pace=pace):
                stop.wait(pace.idle.total_seconds())
        except Error as error:
            logger.warning("outbox_database_failed", error=repr(error))
            connection.close()
            stop.wait(pace.pause.total_seconds())
    connection.close()
    logger.info("outbox_worker_stopped")


def work_once(*, pace: Pace = Pace()) -> int:
    """Handle one batch of each kind that is due; return how many entries were taken."""
    taken = 0
    for kind in handled_kinds():
        batch = claim_fresh(kind, limit=pace.batch, lease=pace.lease)
        if batch:
            _handle(batch, pace)
        tried = claim_tried(kind, lease=pace.lease)
        if tried is not None:
            _handle([tried], pace)
        taken += len(batch) + (tried is not None)
    return taken


def _handle(claims: Sequence[Claim], pace: Pace) -> None:
    if claims[0].attempts > pace.most_attempts:
        _give_up(claims[0], f"Its worker ended, or overran its lease, {pace.most_attempts} times.")
        return
    kind = claims[0].kind
    try:
        with acting(source=Source.JOB, name=f"outbox:{kind}"), transaction.atomic():
            handler_of(kind)([claim.entity_id for claim in claims])
    except Exception as error:
        logger.warning("outbox_handler_failed", kind=kind, entries=len(claims), exc_info=True)
        _record_failure(claims, f"{type(error).__name__}: {error}", pace)
    else:
        acknowledge(claims)


def _record_failure(claims: Sequence[Claim], error: str, pace: Pace) -> None:
    if len(claims) > 1:
        # One may have spoilt it for all: each is tried alone, now.
        postpone(claims, error=error, delay=NOW)
    elif claims[0].attempts >= pace.most_attempts:
        _give_up(claims[0], error)
    else:
        postpone(claims, error=error, delay=pace.delay(claims[0].attempts))


def _give_up(claim: Claim, error: str) -> None:
    if bury(claim, error=error):
        logger.error("outbox_entry_dead", kind=claim.kind, entity=str(claim.entity_id), error=error)
