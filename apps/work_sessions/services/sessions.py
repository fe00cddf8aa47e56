"""Sessions begin, are heard of, are described, end."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction
from django.utils import timezone

from apps.accounts.models import User
from apps.core.errors import DomainError, ErrorCode, FieldError, InvalidInputError
from apps.core.services import check_version, write_fields
from apps.repositories.choices import MemberRole
from apps.repositories.models import Repository
from apps.repositories.visibility import require_active, require_role
from apps.work_sessions.choices import SessionState
from apps.work_sessions.models import SessionSpan, WorkSession

from .access import (
    check_not_ahead,
    check_not_long_ago,
    check_within,
    lock_session,
    require_going_on,
    require_own,
    text_of,
)
from .closing import roll_up, score_of
from .deriving import derive_of_session
from .links import last_event_in
from .spans import note_activity


@transaction.atomic
def start_session(
    *,
    actor: User,
    repository: Repository,
    session_id: str,
    values: Mapping[str, Any],
    start_time: datetime | None = None,
) -> WorkSession:
    """A session of the client's id `session_id`, from `start_time` (default: now) on.

    Tasks in progress that carry the id are under way in it from the start.

    Raises `DomainError`: `permission_denied`, `repository_archived`, `session_active` when one of
    this id goes on in the repository (with its id in `extra`), `invalid_request` for a start in the
    future or more than 366 days ago.
    """
    require_role(repository, actor, MemberRole.CONTRIBUTOR)
    require_active(repository)
    now = timezone.now()
    start = now if start_time is None else start_time
    check_not_ahead("/start_time", start)
    check_not_long_ago("/start_time", start)
    session = WorkSession(
        repository=repository,
        session_id=session_id,
        actor=actor,
        start_time=start,
        last_seen_at=max(start, now),
        **values,
    )
    _insert(session)
    SessionSpan.objects.create(session=session, started_at=start, until=start)
    note_activity(session, max(start, now))
    derive_of_session(session)
    session.refresh_from_db()
    return session


@transaction.atomic
def heartbeat(*, actor: User, session: WorkSession) -> WorkSession:
    """The session goes on: no change of it, so no new version and no entry in its history.

    Raises `DomainError`: `session_closed`, `permission_denied`, `repository_archived`.
    """
    locked = lock_session(session)
    require_own(locked, actor)
    require_going_on(locked)
    note_activity(locked, max(timezone.now(), locked.start_time))
    return locked


@transaction.atomic
def update_session(
    *,
    actor: User,
    session: WorkSession,
    changes: Mapping[str, Any],
    expected_version: int | None = None,
) -> WorkSession:
    """Describe a session: summary, tools, files. Also one that has ended: it is told afterwards.

    Raises `DomainError`: `stale_version`, `permission_denied`, `repository_archived`.
    """
    locked = lock_session(session)
    require_own(locked, actor)
    check_version(locked, expected_version)
    return write_fields(locked, changes)


@transaction.atomic
def end_session(
    *,
    actor: User,
    session: WorkSession,
    values: Mapping[str, Any],
    end_time: datetime | None = None,
    expected_version: int | None = None,
) -> WorkSession:
    """End a session at `end_time` (default: now, and not before the last event of its tasks), with
    what there is to say of it in `values`.

    It gets its score, and its tasks their measured minutes where the repository wants them.

    Raises `DomainError`: `session_closed`, `stale_version`, `permission_denied`,
    `repository_archived`, `invalid_request` for an end before the start or before the last event of
    a task, or in the future.
    """
    locked = lock_session(session)
    require_own(locked, actor)
    require_going_on(locked)
    check_version(locked, expected_version)
    now = max(timezone.now(), locked.start_time)
    if end_time is not None:  # ours may lie ahead of a clock that was set back meanwhile
        check_within("/end_time", end_time, locked)
    derive_of_session(locked)
    last = last_event_in(locked)
    if end_time is not None and end_time < last:
        detail = (
            f"end_time, {text_of(end_time)}, lies before the last event of a task in the session,"
            f" {text_of(last)}. A session ends after what happened in it."
        )
        raise InvalidInputError("/end_time", detail)
    # A task may have been told ahead of our clock.
    end = max(now, last) if end_time is None else end_time
    note_activity(locked, min(end, now))
    return close(locked, SessionState.ENDED, end, values)


def close(
    session: WorkSession,
    state: SessionState,
    end: datetime,
    values: Mapping[str, Any] | None = None,
) -> WorkSession:
    """Close a session that the caller has locked: one new version, with its score."""
    session.end_time = end
    score = score_of(session)
    session.end_time = None
    changes = {**(values or {}), **score, "state": state, "end_time": end}
    closed: WorkSession = write_fields(session, changes)
    roll_up([closed])
    return closed


def _insert(session: WorkSession) -> None:
    # Asked afterwards, because between a question and the INSERT another could start it.
    try:
        with transaction.atomic():
            session.save(force_insert=True)
    except IntegrityError:
        current = (
            WorkSession.objects.of(session.repository_id, session.session_id)
            .active()
            .select_related("actor")
            .first()
        )
        if current is None:
            raise
        raise _goes_on(current) from None


def _goes_on(current: WorkSession) -> DomainError:
    whose = f" of {current.actor.username}" if current.actor is not None else ""
    detail = (
        f"A session of this id{whose} goes on in the repository since"
        f" {text_of(current.start_time)}. End it first, or take another id."
    )
    code = ErrorCode.SESSION_ACTIVE
    errors = [FieldError("/session_id", code.value, detail)]
    return DomainError(code, detail, errors, {"current_id": str(current.pk)})
