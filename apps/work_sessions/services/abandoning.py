"""Sessions that nobody has heard of for long are over: they ended when they were last heard of."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

import structlog
from django.db import transaction
from django.utils import timezone

from apps.work_sessions.choices import SessionState
from apps.work_sessions.models import WorkSession

from .deriving import derive_of_session
from .links import last_event_in
from .sessions import close

logger = structlog.get_logger(__name__)

# A run closes so many, each in a transaction of its own; the next run goes on.
SESSIONS_A_RUN = 1000


def abandon_sessions(*, timeout: timedelta, most: int = SESSIONS_A_RUN) -> int:
    """Close the sessions that were not heard of for `timeout`; how many there were.

    Not those of archived repositories: they take no change. One that fails does not keep the
    others from being closed; the first error is raised in the end. A second run closes nothing.
    """
    since = timezone.now() - timeout
    found = WorkSession.objects.unseen_since(since).filter(repository__archived_at__isnull=True)
    closed = 0
    failure: Exception | None = None
    for key in list(found.values_list("pk", flat=True)[:most]):
        try:
            closed += _abandon(key, timeout)
        except Exception as error:
            failure = failure or error
            logger.exception("session_not_abandoned", session=str(key))
    if failure is not None:
        raise failure
    return closed


@transaction.atomic
def _abandon(key: UUID, timeout: timedelta) -> bool:
    """Whether it was still to be closed: one that somebody holds is being heard of."""
    session = (
        WorkSession.objects.select_related("repository")
        .unseen_since(timezone.now() - timeout)
        .select_for_update(of=("self",), no_key=True, skip_locked=True)
        .filter(pk=key)
        .first()
    )
    if session is None:
        return False
    derive_of_session(session)
    # What its tasks told may be news of it.
    if session.last_seen_at >= timezone.now() - timeout:
        return False
    close(session, SessionState.ABANDONED, max(session.last_seen_at, last_event_in(session)))
    return True
