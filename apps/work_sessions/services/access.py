"""Who may touch a session, and which times a client may give."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta

from django.utils import timezone

from apps.accounts.models import User
from apps.core.errors import DomainError, ErrorCode, FieldError, InvalidInputError
from apps.core.ids import FUTURE_TOLERANCE
from apps.repositories.choices import MemberRole
from apps.repositories.models import Repository
from apps.repositories.visibility import require_active, require_role
from apps.work_sessions.models import WorkSession

# Work may be told afterwards, but a clock that was never set is no time of work.
LONGEST_AGO = timedelta(days=366)


def lock_session(session: WorkSession) -> WorkSession:
    """The session as it is now, locked against other writers."""
    locked: WorkSession = (
        WorkSession.objects.select_related("repository", "actor")
        .select_for_update(of=("self",), no_key=True)
        .get(pk=session.pk)
    )
    return locked


def require_own(session: WorkSession, actor: User) -> None:
    """Raise `DomainError` unless `actor` may touch the session: a contributor whose own it is, or a
    maintainer; in a repository that takes changes."""
    require_role(session.repository, actor, MemberRole.CONTRIBUTOR)
    require_active(session.repository)
    if session.actor_id == actor.pk:
        return
    try:
        require_role(session.repository, actor, MemberRole.MAINTAINER)
    except DomainError as error:
        detail = (
            f"The session {session.session_id} is {_whose(session)}: only its actor or a maintainer"
            f" of {session.repository.name} may change it."
        )
        raise DomainError(error.code, detail) from None


def require_going_on(session: WorkSession) -> None:
    """Raise `DomainError` (`session_closed`) when the session has ended."""
    if not session.is_active:
        raise DomainError(
            ErrorCode.SESSION_CLOSED,
            f"The session {session.session_id} was {session.state} at {text_of(session.end_time)}:"
            " nothing happens in it any more. Start another one.",
        )


def check_not_ahead(pointer: str, moment: datetime) -> None:
    """Raise `InvalidInputError` for a time in the future; clocks may differ by a minute."""
    if moment > timezone.now() + FUTURE_TOLERANCE:
        detail = (
            f"{text_of(moment)} lies more than {FUTURE_TOLERANCE // timedelta(seconds=1)} seconds"
            " in the future. Check the client's clock."
        )
        raise InvalidInputError(pointer, detail)


def check_not_long_ago(pointer: str, moment: datetime) -> None:
    """Raise `InvalidInputError` for a start longer ago than work is told afterwards."""
    if moment < timezone.now() - LONGEST_AGO:
        detail = (
            f"{text_of(moment)} lies more than {LONGEST_AGO.days} days in the past. Give the time"
            " at which the session began, or none for now."
        )
        raise InvalidInputError(pointer, detail)


def check_within(pointer: str, moment: datetime, session: WorkSession) -> None:
    """Raise `InvalidInputError` for a time before the session began, or in the future."""
    check_not_ahead(pointer, moment)
    if moment < session.start_time:
        detail = (
            f"{text_of(moment)} lies before the session's start, {text_of(session.start_time)}."
        )
        raise InvalidInputError(pointer, detail)


def check_session_names(actor: User, repository: Repository, ids: Collection[str]) -> None:
    """Raise `DomainError` when one of these ids is that of a session of somebody else that goes on
    in the repository: a task that is written under it would be told as work of theirs.

    Maintainers may. An id of which none goes on is free, and what goes on in another repository
    is another session.
    """
    foreign = (
        WorkSession.objects.active()
        .filter(repository=repository, session_id__in=ids)
        .exclude(actor=actor)
        .select_related("actor")
        .order_by("pk")
        .first()
    )
    if foreign is None:
        return
    try:
        require_role(repository, actor, MemberRole.MAINTAINER)
    except DomainError as error:
        detail = (
            f"The session {foreign.session_id} is {_whose(foreign)}: only its actor or a maintainer"
            f" of {repository.name} may write tasks under it. Start one of your own."
        )
        rule = FieldError("/session_id", "foreign_session", detail)
        raise DomainError(error.code, detail, [rule]) from None


def _whose(session: WorkSession) -> str:
    return "nobody's any more" if session.actor is None else f"{session.actor.username}'s"


def text_of(moment: datetime | None) -> str:
    """A moment as answers show it."""
    return "" if moment is None else moment.isoformat().replace("+00:00", "Z")
