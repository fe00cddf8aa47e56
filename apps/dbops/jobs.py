"""Periodic work of the owner; it runs in the scheduler (`manage.py run_scheduler`)."""

from __future__ import annotations

import structlog
from procrastinate.contrib.django import app

from apps.core.context import Source, acting

from .integrity.drift import find_drift
from .services import maintain

logger = structlog.get_logger(__name__)

# Jobs that need the owner's login have a queue of their own, which only the scheduler works on.
MAINTENANCE_QUEUE = "maintenance"


@app.periodic(cron="17 3 * * *")
@app.task(queue=MAINTENANCE_QUEUE, queueing_lock="keep_partitions_ahead", pass_context=False)
def keep_partitions_ahead(timestamp: int) -> None:
    """Make the coming quarters' partitions, daily; a missed run does no harm for a year."""
    with acting(source=Source.JOB, name="keep_partitions_ahead"):
        # Before it is set right: somebody has done it, and may have meant it.
        for finding in find_drift():
            logger.warning("database_drifted", finding=str(finding))
        done = maintain()
    logger.info("partitions_kept_ahead", created=done.partitions)
