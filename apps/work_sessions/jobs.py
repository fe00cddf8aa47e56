"""Periodic work on sessions; it runs in the worker (`manage.py run_worker`)."""

from __future__ import annotations

from datetime import timedelta

import structlog
from django.conf import settings
from procrastinate.contrib.django import app

from apps.core.context import Source, acting

from .services import abandon_sessions

logger = structlog.get_logger(__name__)


@app.periodic(cron="*/10 * * * *")
@app.task(queue="default", queueing_lock="abandon_sessions", pass_context=False)
def abandon_unseen_sessions(timestamp: int) -> None:
    """Close sessions not heard of for `TASKHUB_SESSION_TIMEOUT_MINUTES`, every ten minutes."""
    minutes = settings.TASKHUB_SESSION_TIMEOUT_MINUTES
    reason = f"not heard of for {minutes} minutes"
    with acting(source=Source.JOB, name="abandon_unseen_sessions", reason=reason):
        closed = abandon_sessions(timeout=timedelta(minutes=minutes))
    logger.info("sessions_abandoned", sessions=closed)
