"""Periodic work on what was planned and done; it runs in the worker (`manage.py run_worker`)."""

from __future__ import annotations

from datetime import timedelta

import structlog
from django.conf import settings
from django.db.models import Exists, OuterRef, QuerySet
from django.utils import timezone
from procrastinate.contrib.django import app

from apps.core.context import Source, acting
from apps.planning.finished_work import CLOSED
from apps.planning.services.instantiating import refresh_outcomes
from apps.planning.services.mining_runs import mine_patterns
from apps.planning.services.suggesting import expire_suggestions
from apps.repositories.models import Repository
from apps.task_patterns.models import TaskPattern
from apps.tasks.models import Task

logger = structlog.get_logger(__name__)


@app.periodic(cron="23 2 * * *")
@app.task(queue="default", queueing_lock="mine_all_patterns", pass_context=False)
def mine_all_patterns(timestamp: int) -> None:
    """Mine what was closed in the last `TASKHUB_MINING_DAYS` days, daily; 0 is never.

    Over all repositories together, and by itself in each that is not archived and has finished
    work, or patterns of it. One that fails does not keep the others from being mined; the job fails
    in the end, with the first error.
    """
    days = settings.TASKHUB_MINING_DAYS
    if days == 0:
        return
    since = timezone.now() - timedelta(days=days)
    scopes: list[Repository | None] = [None, *_repositories_with_work()]
    failure: Exception | None = None
    name, reason = "mine_all_patterns", f"closed in the last {days} days"
    with acting(source=Source.JOB, name=name, reason=reason):
        for repository in scopes:
            scope = repository.name if repository else "all repositories"
            try:
                mined = mine_patterns(repository=repository, since=since)
            except Exception as error:
                failure = failure or error
                logger.exception("mining_failed", scope=scope)
                continue
            logger.info(
                "patterns_mined",
                scope=scope,
                tasks=mined.result.counts["tasks"],
                patterns=len(mined.result.patterns),
            )
    if failure:
        raise failure


def _repositories_with_work() -> QuerySet[Repository]:
    finished = Task.objects.filter(repository=OuterRef("pk"), status__in=CLOSED)
    mined = TaskPattern.objects.filter(repository=OuterRef("pk"), retired_at__isnull=True)
    return Repository.objects.filter(
        Exists(finished) | Exists(mined), archived_at__isnull=True
    ).order_by("pk")


@app.periodic(cron="7 * * * *")
@app.task(queue="default", queueing_lock="expire_suggestions", pass_context=False)
def mark_expired_suggestions(timestamp: int) -> None:
    """Mark the suggestions on which nobody decided in time, hourly.

    They count as expired without it: a missed run changes no answer.
    """
    with acting(source=Source.JOB, name="mark_expired_suggestions"):
        expired = expire_suggestions()
    logger.info("suggestions_expired", suggestions=expired)


@app.periodic(cron="*/15 * * * *")
@app.task(queue="default", queueing_lock="refresh_template_outcomes", pass_context=False)
def refresh_template_outcomes(timestamp: int) -> None:
    """Compute how often templates are used and with what success, four times an hour."""
    with acting(source=Source.JOB, name="refresh_template_outcomes"):
        changed = refresh_outcomes()
    logger.info("template_outcomes_refreshed", changed=changed)
