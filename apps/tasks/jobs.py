"""Periodic work on what was deleted; it runs in the scheduler (`manage.py run_scheduler`)."""

from __future__ import annotations

import structlog
from django.conf import settings
from procrastinate.contrib.django import app

from apps.core.context import Source, acting
from apps.dbops.jobs import MAINTENANCE_QUEUE
from apps.repositories.retention import purge_expired

logger = structlog.get_logger(__name__)


# In the uppermost app that has soft-deleted records, so that every worker that knows the job knows
# their models and what is locked before a purge.
@app.periodic(cron="47 3 * * *")
@app.task(queue=MAINTENANCE_QUEUE, queueing_lock="purge_expired_deletions", pass_context=False)
def purge_expired_deletions(timestamp: int) -> None:
    """Purge what was deleted more than `TASKHUB_RETENTION_DAYS` days ago, daily; 0 is never."""
    days = settings.TASKHUB_RETENTION_DAYS
    if days == 0:
        return
    name, reason = "purge_expired_deletions", f"deleted more than {days} days ago"
    batches = rows = 0
    with acting(source=Source.JOB, name=name, reason=reason):
        for batch in purge_expired(days=days):
            if batch.left:
                logger.warning("deletion_not_purged", batch=str(batch.id), reason=batch.left)
                continue
            batches += 1
            rows += sum(batch.counts.values())
    logger.info("expired_deletions_purged", batches=batches, rows=rows)
