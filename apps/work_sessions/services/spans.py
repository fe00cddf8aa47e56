"""Signs of life: they keep a session going and tell when it was active."""

from __future__ import annotations

from datetime import datetime, timedelta

from apps.work_sessions.models import SessionSpan, WorkSession

# So long a silence still counts as work; after a longer one a new span begins.
IDLE = timedelta(minutes=15)


def note_activity(session: WorkSession, moment: datetime) -> None:
    """The session, which the caller has locked, was heard of at `moment`.

    It was active between two such moments that are at most `IDLE` apart, in whatever order they
    are told: a span grows up to the moment, or up to the next span. None ever shrinks.
    """
    before, after = _beside(session, moment)
    reach = moment
    if after is not None and after.started_at - moment <= IDLE:
        reach = after.started_at
    if before is None or moment - before.until > IDLE:
        SessionSpan.objects.create(session=session, started_at=moment, until=reach)
    elif reach > before.until:
        SessionSpan.objects.filter(pk=before.pk).update(until=reach)
    if session.is_active and moment > session.last_seen_at:
        WorkSession.objects.filter(pk=session.pk).update(last_seen_at=moment)
        session.last_seen_at = moment


def _beside(
    session: WorkSession, moment: datetime
) -> tuple[SessionSpan | None, SessionSpan | None]:
    """The last span that began until `moment`, and the first one after it."""
    spans = SessionSpan.objects.filter(session=session)
    newest: SessionSpan | None = spans.order_by("-started_at").first()
    if newest is None or newest.started_at <= moment:
        return newest, None  # nearly always: it is heard of as things happen
    before = spans.filter(started_at__lte=moment).order_by("-started_at").first()
    return before, spans.filter(started_at__gt=moment).order_by("started_at").first()
