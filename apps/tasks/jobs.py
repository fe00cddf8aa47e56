"""Periodic work on tasks: claims and critical paths in the worker (`manage.py run_worker`), purges
in the scheduler (`manage.py run_scheduler`)."""

from __future__ import annotations

import structlog
from django.conf import settings
from procrastinate.contrib.django import app

from apps.core.context import Source, acting
from apps.dbops.jobs import MAINTENANCE_QUEUE
from apps.repositories.retention import purge_expired
from apps.tasks.critical_paths import refresh_critical_path, repositories_to_refresh

from .claims import return_expired

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


@app.periodic(cron="*/5 * * * *")
@app.task(queue="default", queueing_lock="refresh_critical_paths", pass_context=False)
def refresh_critical_paths(timestamp: int) -> None:
    """Compute the critical paths of repositories whose work changed, every five minutes.

    One that fails does not keep the others from it; the job fails in the end, with the first error.
    """
    failure: Exception | None = None
    refreshed = 0
    with acting(source=Source.JOB, name="refresh_critical_paths"):
        for repository in repositories_to_refresh():
            try:
                refresh_critical_path(repository)
            except Exception as error:
                failure = failure or error
                logger.exception("critical_path_failed", repository=repository.name)
                continue
            refreshed += 1
    logger.info("critical_paths_refreshed", repositories=refreshed)
    if failure:
        raise failure


@app.periodic(cron="* * * * *")
@app.task(queue="default", queueing_lock="return_expired_claims", pass_context=False)
def return_expired_claims(timestamp: int) -> None:
    """Give back the work whose lease has expired, each minute.

    Without it such work is ready as soon as somebody asks for work in its repository.
    """
    with acting(source=Source.JOB, name="return_expired_claims"):
        returned = return_expired()
    if returned:
        logger.info("expired_claims_returned", claims=returned)
