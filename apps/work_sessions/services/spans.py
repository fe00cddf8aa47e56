"""Signs of life: they keep a session going and tell when it was active."""

from __future__ import annotations

from datetime import datetime, timedelta

from apps.work_sessions.models import SessionSpan, WorkSession

# So long a silence still counts as work; after a longer one a new span begins.
IDLE = timedelta(minutes=15)


def note_activity(session: WorkSession, moment: datetime) -> None:
    """The session, which the caller has locked, was heard of at `moment`.

    What lies before the end of its newest span is known already: spans grow, and never back.
    """
    newest = SessionSpan.objects.filter(session=session).order_by("-started_at").first()
    if newest is None or moment - newest.until > IDLE:
        SessionSpan.objects.create(session=session, started_at=moment, until=moment)
    elif moment > newest.until:
        SessionSpan.objects.filter(pk=newest.pk).update(until=moment)
    if session.is_active and moment > session.last_seen_at:
        WorkSession.objects.filter(pk=session.pk).update(last_seen_at=moment)
        session.last_seen_at = moment
