"""The only writers of suggestions: they are made, accepted, rejected, or expire."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import connection, transaction
from django.utils import timezone

from apps.accounts.models import User
from apps.core.errors import DomainError, ErrorCode, NotFoundError
from apps.core.services import check_version
from apps.planning.choices import SuggestionKind, SuggestionSource, SuggestionState
from apps.planning.models import Suggestion
from apps.planning.suggesting.fusing import fuse
from apps.planning.suggesting.likeness import most_alike, plain
from apps.planning.suggesting.model import Found, Fused
from apps.planning.suggesting.records import Memory, read_memory, read_open_tasks, read_records
from apps.planning.suggesting.situation import Situation, read_situation
from apps.planning.suggesting.sources import SOURCES
from apps.planning.suggesting.weighing import Records
from apps.repositories.choices import MemberRole
from apps.repositories.models import Repository
from apps.repositories.visibility import require_active, require_role
from apps.tasks.graph import lock_graph
from apps.tasks.models import Task

from .accepting import create_suggested_task, existing_task

LIFETIME = timedelta(days=7)
MOST_SUGGESTIONS = 20
# The sources that know nothing before work was finished.
LEARNING = frozenset({SuggestionSource.PATTERN.value, SuggestionSource.SIMILAR.value})
# Namespace of the advisory locks; the second number is a hash of the repository's id.
SUGGESTION_LOCK = 0x7A5D
EXPIRED_AT_ONCE = 1_000


@dataclass(frozen=True, slots=True)
class Suggested:
    """What came of asking: the suggestions, best first, and what each source had to say."""

    suggestions: Sequence[Suggestion]
    situation: Situation
    found: Sequence[Found]
    records: Records

    @property
    def cold_start(self) -> bool:
        """Nothing has been learnt yet: no pattern was mined, and nothing similar was finished."""
        return not any(each.known for each in self.found if each.source in LEARNING)

    @property
    def message(self) -> str:
        """What there is to say of all suggestions together."""
        if self.cold_start:
            start = (
                "Nothing has been learnt in this repository yet: no pattern is mined, and nothing"
                " similar was finished."
            )
            rest = " These are from what is there." if self.suggestions else " There is no work."
            return f"{start}{rest}"
        if not self.suggestions:
            return "There is nothing to suggest: " + " ".join(
                each.note for each in self.found if each.note
            )
        count = len(self.suggestions)
        return f"{count} suggestion{'' if count == 1 else 's'}, best first."


@transaction.atomic
def suggest(
    *,
    actor: User,
    repository: Repository,
    session_id: str = "",
    task: Task | None = None,
    limit: int = 5,
    now: datetime | None = None,
) -> Suggested:
    """What could be done next in `repository`, kept as suggestions: at most `limit`, best first.

    What is suggested already and open still is returned again, not kept twice.

    Raises `DomainError`: `permission_denied`, `repository_archived`.
    """
    require_role(repository, actor, MemberRole.CONTRIBUTOR)
    require_active(repository)
    now = now or timezone.now()
    situation = read_situation(
        repository, now=now, session_id=session_id, assignee=actor.get_username(), task=task
    )
    found = [find(situation) for find in SOURCES.values()]
    records = read_records(repository.pk)
    fused = fuse(found, records.weights)
    contents = [each.candidate.content for each in fused if each.candidate.is_new]
    open_tasks = read_open_tasks(repository.pk, contents)
    _lock(repository.pk)  # after it, nobody keeps the same suggestion beside us
    memory = read_memory(repository.pk, now)
    chosen = _choose(fused, open_tasks, memory, limit)
    again = Suggestion.objects.in_bulk([key for key, _ in chosen if key is not None])
    made = [_make(each, situation, actor, now + LIFETIME) for key, each in chosen if key is None]
    Suggestion.objects.bulk_create(made)
    fresh = iter(made)
    rows = [again[key] if key is not None else next(fresh) for key, _ in chosen]
    return Suggested(_read([row.pk for row in rows]), situation, found, records)


def _lock(repository_id: UUID) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_advisory_xact_lock(%s, hashtext(%s))", [SUGGESTION_LOCK, str(repository_id)]
        )


def _choose(
    fused: Sequence[Fused], open_tasks: Mapping[UUID, str], memory: Memory, limit: int
) -> list[tuple[UUID | None, Fused]]:
    """The best of `fused`, each with the open suggestion that says it already, if there is one."""
    chosen: list[tuple[UUID | None, Fused]] = []
    taken: set[UUID] = set()
    for each in fused:
        if len(chosen) == limit:
            break
        candidate = each.candidate
        if memory.declines(candidate):
            continue
        if candidate.is_new and most_alike(plain(candidate.content), open_tasks):
            continue
        key = memory.offered(candidate)
        if key in taken:
            continue
        if key is not None:
            taken.add(key)
        chosen.append((key, each))
    return chosen


def _make(each: Fused, situation: Situation, actor: User, expires_at: datetime) -> Suggestion:
    candidate = each.candidate
    return Suggestion(
        repository=situation.repository,
        session_id=situation.session_id,
        kind=candidate.kind,
        content=candidate.content,
        values=dict(candidate.values),
        task_id=candidate.task_id,
        pattern_id=candidate.pattern_id,
        template_id=candidate.template_id,
        sources=[asdict(share) for share in each.shares],
        reasons=[asdict(reason) for reason in each.reasons],
        score=each.score,
        expires_at=expires_at,
        author=actor,
    )


def _read(keys: Sequence[UUID]) -> list[Suggestion]:
    rows = Suggestion.objects.select_related("repository", "author", "decided_by").in_bulk(keys)
    return [rows[key] for key in keys]


@dataclass(frozen=True, slots=True)
class Accepted:
    """An accepted suggestion, and the task: the one that was created, or the one to do."""

    suggestion: Suggestion
    task: Task


@transaction.atomic
def accept_suggestion(
    *,
    actor: User,
    suggestion: Suggestion,
    changes: Mapping[str, Any] | None = None,
    expected_version: int | None = None,
) -> Accepted:
    """Take a suggestion. A new task is created, with `changes` of its content, priority, assignee;
    of one that is there, nothing changes.

    Raises `DomainError`: as `_lock_open`; `not_found` when the task is deleted; `invalid_request`
    for changes of a task that is there; what `create_task` raises.
    """
    # First of all: creating the task takes this lock, and a purge takes it before it takes rows.
    lock_graph(suggestion.repository_id)
    locked = _lock_open(actor, suggestion, expected_version)
    locked.state = SuggestionState.ACCEPTED
    locked.decided_at = timezone.now()
    locked.decided_by = actor
    if locked.kind == SuggestionKind.NEW:
        task = create_suggested_task(actor, locked, changes or {})
        locked.created_task = task
    else:
        task = existing_task(locked, changes or {})
    locked.save()
    return Accepted(_read([locked.pk])[0], task)


@transaction.atomic
def reject_suggestion(
    *,
    actor: User,
    suggestion: Suggestion,
    comment: str = "",
    expected_version: int | None = None,
) -> Suggestion:
    """Say that a suggestion is not wanted; the same is not offered again for `REMEMBERED`.

    Raises `DomainError`: as `_lock_open`.
    """
    locked = _lock_open(actor, suggestion, expected_version)
    locked.state = SuggestionState.REJECTED
    locked.decided_at = timezone.now()
    locked.decided_by = actor
    locked.comment = comment
    locked.save()
    return _read([locked.pk])[0]


def expire_suggestions(*, now: datetime | None = None) -> int:
    """Mark the open suggestions whose time is over; how many. They count as expired before that."""
    now = now or timezone.now()
    expired = 0
    while True:
        with transaction.atomic():
            due = (
                Suggestion.objects.filter(state=SuggestionState.OPEN, expires_at__lte=now)
                .order_by("expires_at")
                # Somebody who decides at this moment is too late anyway, and tells it apart.
                .select_for_update(skip_locked=True, no_key=True)
                .values_list("pk", flat=True)[:EXPIRED_AT_ONCE]
            )
            marked = Suggestion.objects.filter(pk__in=list(due)).update(
                state=SuggestionState.EXPIRED, decided_at=now
            )
        expired += marked
        if marked < EXPIRED_AT_ONCE:
            return expired


def _lock_open(actor: User, suggestion: Suggestion, expected_version: int | None) -> Suggestion:
    """The suggestion under a lock.

    Raises `DomainError`: `not_found`, `permission_denied`, `repository_archived`, `stale_version`,
    `suggestion_closed` when it was decided on, or its time is over.
    """
    locked: Suggestion | None = (
        Suggestion.objects.select_related("repository")
        .select_for_update(of=("self",), no_key=True)
        .filter(pk=suggestion.pk)
        .first()
    )
    if locked is None:
        raise NotFoundError("The suggestion does not exist (any more).")
    require_role(locked.repository, actor, MemberRole.CONTRIBUTOR)
    require_active(locked.repository)
    if locked.state in (SuggestionState.ACCEPTED, SuggestionState.REJECTED):
        raise DomainError(
            ErrorCode.SUGGESTION_CLOSED, f"The suggestion was {locked.state} already."
        )
    if locked.has_expired(timezone.now()):
        raise DomainError(
            ErrorCode.SUGGESTION_CLOSED,
            f"The suggestion expired at {locked.expires_at.isoformat()}: ask for new ones.",
        )
    check_version(locked, expected_version)
    return locked
