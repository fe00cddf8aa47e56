"""What Prometheus asks of the database. Read at each scrape, on a connection of its own.

The pool may be what is wrong, and its time-out is longer than a scrape's: a connection that is
made for it answers or fails within seconds, and the rest of /metrics stands either way.
"""

from __future__ import annotations

from collections.abc import Iterator

import psycopg
import structlog
from django.db import connection
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

from apps.outbox.handlers import handled_kinds
from apps.outbox.services import Backlog, measure

logger = structlog.get_logger(__name__)

PATIENCE_SECONDS = 2


class OutboxCollector(Collector):
    """Pending entries, dead letters and lag by kind; nothing when the database does not say."""

    def collect(self) -> Iterator[GaugeMetricFamily]:
        try:
            backlogs = _measure_outbox()
        except psycopg.Error as error:
            logger.warning("outbox_not_measured", error=repr(error))
            return
        pending = GaugeMetricFamily(
            "taskhub_outbox_pending", "Entries that are not handled yet.", labels=["kind"]
        )
        dead = GaugeMetricFamily(
            "taskhub_outbox_dead", "Entries that workers have given up.", labels=["kind"]
        )
        lag = GaugeMetricFamily(
            "taskhub_outbox_lag_seconds", "Age of the oldest entry that is due.", labels=["kind"]
        )
        empty = (Backlog(kind, 0, 0, 0) for kind in handled_kinds())
        # Zero is said too: a kind that is missing has not been measured.
        for backlog in {each.kind: each for each in (*empty, *backlogs)}.values():
            pending.add_metric([backlog.kind], backlog.pending)
            dead.add_metric([backlog.kind], backlog.dead)
            lag.add_metric([backlog.kind], backlog.lag)
        yield from (pending, dead, lag)


def _measure_outbox() -> list[Backlog]:
    parameters = {**connection.get_connection_params(), "connect_timeout": PATIENCE_SECONDS}
    with psycopg.connect(**parameters) as session, session.cursor() as cursor:
        cursor.execute(f"SET LOCAL statement_timeout = '{PATIENCE_SECONDS}s'")
        return measure(cursor)


# Not in the library's own registry: that one is left out when processes share their metrics.
_registry = CollectorRegistry()
_registry.register(OutboxCollector())


def database_metrics() -> bytes:
    """The database's part of /metrics, as text."""
    return generate_latest(_registry)
