"""The only writers of claims: work is taken, kept, given back, and returns by itself.

Whoever takes work away or gives it out locks the task's row first, as every writer of the task
does, and the claim's after it. A heartbeat touches the claim alone.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import timedelta
from itertools import islice
from typing import Any
from uuid import UUID

from django.contrib.postgres.fields import ArrayField
from django.db import models, transaction
from django.db.models.functions import Now

from apps.accounts.models import User
from apps.core.context import because
from apps.core.errors import DomainError, ErrorCode, InvalidInputError
from apps.repositories.choices import MemberRole
from apps.repositories.models import Repository
from apps.repositories.visibility import require_active, require_role

from .choices import TaskStatus
from .fences import as_extra, held_by, present_claim, require_fence, stale_fence
from .models import Task, TaskClaim
from .models.links import LONGEST_LEASE
from .queue import ANY_TASK, COLUMNS, Standing, Wanted, read_obstacles, read_windows

SHORTEST_LEASE = timedelta(seconds=10)
USUAL_LEASE = timedelta(minutes=15)
LONGEST_HOLDER = 255
MOST_AT_ONCE = 50
MOST_WINDOWS = 40  # of the queue are looked through: as many as two thousand may be locked
RETURNED_AT_ONCE = 200
EXPIRED = "The lease expired."


@dataclass(frozen=True, slots=True)
class Claimed:
    """A task that was handed out, and why this one."""

    claim: TaskClaim
    standing: Standing


@transaction.atomic
def claim_next(
    *,
    actor: User,
    repository: Repository,
    holder: str,
    wanted: Wanted = ANY_TASK,
    count: int = 1,
    lease: timedelta = USUAL_LEASE,
) -> list[Claimed]:
    """Hand the first `count` tasks of the ready queue to `holder`, best first; fewer when there
    are not so many. No task is ever held by two.

    What others are taking at this moment is passed over, not waited for. Work whose lease has
    expired comes back first.

    Raises `DomainError`: `permission_denied`, `repository_archived`, `invalid_request` (holder,
    count, lease).
    """
    require_role(repository, actor, MemberRole.CONTRIBUTOR)
    require_active(repository)
    check_terms(holder, lease)
    if not 1 <= count <= MOST_AT_ONCE:
        raise InvalidInputError("/limit", f"limit is from 1 to {MOST_AT_ONCE} tasks.")
    return_expired(repository=repository)
    taken: list[Claimed] = []
    # Others may be taking all of a window at this moment: then the next one is looked at.
    for queue in islice(read_windows(repository, wanted=wanted), MOST_WINDOWS):
        standings = {each.task.pk: each for each in queue.standings}
        while standings and len(taken) < count:
            keys = _lock_first(repository, list(standings), count - len(taken))
            if not keys:
                break
            made = _insert(actor, repository, keys, holder, lease)
            taken += [Claimed(claim, standings[claim.task_id]) for claim in made]
            for key in keys:
                del standings[key]
        if len(taken) == count:
            break
    return taken


@transaction.atomic
def claim_task(
    *, actor: User, task: Task, holder: str, lease: timedelta = USUAL_LEASE
) -> TaskClaim:
    """Hand this one task, which must be ready, to `holder`.

    Raises `DomainError`: `not_found`, `permission_denied`, `repository_archived`,
    `invalid_request`, `already_claimed` with the present claim, `not_ready` with what is in the
    way.
    """
    check_terms(holder, lease)
    locked = _lock(task)
    require_role(locked.repository, actor, MemberRole.CONTRIBUTOR)
    require_active(locked.repository)
    _return([locked.pk])
    claim = present_claim(locked.pk)
    if claim is not None:
        raise DomainError(
            ErrorCode.ALREADY_CLAIMED,
            f"{held_by(claim)} Take other work, or wait until it is released or expires.",
            extra={"claim": as_extra(claim)},
        )
    if not Task.objects.ready().filter(pk=locked.pk).exists():
        raise _not_ready(locked)
    (made,) = _insert(actor, locked.repository, [locked.pk], holder, lease)
    return made


@transaction.atomic
def renew_claim(
    *, actor: User, task: Task, fence: int, lease: timedelta | None = None
) -> TaskClaim:
    """The holder is alive: from now on the claim lasts `lease`, or as long as it did the last time.
    No event of the task or the claim.

    A lease that has expired is not renewed, even if nobody took the work since: it may have gone
    back to the queue.

    Raises `DomainError`: `invalid_request`, `permission_denied` for a claim of another login,
    `repository_archived`, `stale_fence` when the claim is not (any more) the present one.
    """
    if lease is not None:
        check_lease(lease)
    require_role(task.repository, actor, MemberRole.CONTRIBUTOR)
    require_active(task.repository)
    claim = require_fence(task.pk, fence)
    _require_own(claim, actor)
    lease = lease or claim.expires_at - claim.renewed_at
    renewed = (
        TaskClaim.objects.present()
        .filter(pk=claim.pk)
        .update(renewed_at=Now(), expires_at=Now() + lease)
    )
    if not renewed:
        raise stale_fence(present_claim(task.pk), fence)
    claim.refresh_from_db()
    return claim


@transaction.atomic
def release_claim(*, actor: User, task: Task, fence: int) -> None:
    """The holder gives the work back: if it is in progress it is pending again.

    Raises `DomainError`: `not_found`, `permission_denied` for a claim of another login,
    `repository_archived`, `stale_fence`.
    """
    locked = _lock(task)
    require_role(locked.repository, actor, MemberRole.CONTRIBUTOR)
    require_active(locked.repository)
    claim = require_fence(locked.pk, fence)
    _require_own(claim, actor)
    _give_back([claim])


@transaction.atomic
def free_task(*, actor: User, task: Task, reason: str, fence: int | None = None) -> None:
    """Take the work from its holder, as a maintainer, so that it is in the queue again.

    With `fence`, only the claim of this number is ended: not that of who holds the task since.

    Raises `DomainError`: `not_found`, `permission_denied`, `invalid_request` without a reason or a
    claim, `stale_fence`.
    """
    with because(_check_reason(reason)):
        _give_back([_lock_taken(actor, task, fence)])


@transaction.atomic
def steal_task(
    *,
    actor: User,
    task: Task,
    holder: str,
    reason: str,
    lease: timedelta = USUAL_LEASE,
    fence: int | None = None,
) -> TaskClaim:
    """Take the work from its holder, as a maintainer, and hand it to `holder` as it is.

    Under which login the new holder works is theirs to know: the claim is bound to none, and its
    fence is all that renewing and releasing it ask for.

    Raises `DomainError`: as `free_task`.
    """
    check_terms(holder, lease)
    with because(_check_reason(reason)):
        claim = _lock_taken(actor, task, fence)
        claim.delete()
        (made,) = _insert(None, claim.repository, [claim.task_id], holder, lease)
    return made


def return_expired(*, repository: Repository | None = None) -> int:
    """Give back the work whose lease has expired: its claim goes, and where it was in progress it
    is pending again. How many. What somebody writes at this moment is left for the next time, what
    is in an archived repository, which takes no change, until it is in use again.

    It is ready without this, where it is pending still; this is what brings back the rest.
    """
    returned = 0
    in_use = TaskClaim.objects.filter(repository__archived_at__isnull=True)
    expired = in_use.expired().order_by("expires_at")
    if repository is not None:
        expired = expired.filter(repository=repository)
    while True:
        with transaction.atomic():
            keys = list(expired.values_list("task_id", flat=True)[:RETURNED_AT_ONCE])
            done = _return(keys) if keys else 0
        returned += done
        if done < RETURNED_AT_ONCE:
            return returned


def check_terms(holder: str, lease: timedelta) -> None:
    """Raise `InvalidInputError` for a holder or a lease that cannot be."""
    if not 1 <= len(holder) <= LONGEST_HOLDER or "\0" in holder:
        raise InvalidInputError("/holder", f"holder has 1 to {LONGEST_HOLDER} characters.")
    check_lease(lease)


def check_lease(lease: timedelta) -> None:
    """Raise `InvalidInputError` for a lease that is too short or too long."""
    if not SHORTEST_LEASE <= lease <= LONGEST_LEASE:
        raise InvalidInputError(
            "/lease_seconds",
            f"A lease lasts from {SHORTEST_LEASE.total_seconds():.0f} seconds to"
            f" {LONGEST_LEASE.total_seconds():.0f} (a day). Renew it by a heartbeat.",
        )


def _lock(task: Task) -> Task:
    # Named by what others may write meanwhile: the weaker lock, as `services` takes it.
    locked: Task | None = (
        Task.objects.select_related("repository")
        .only(*COLUMNS, *(f"repository__{name}" for name in ("name", "settings", "archived_at")))
        .select_for_update(of=("self",), no_key=True)
        .filter(pk=task.pk)
        .first()
    )
    if locked is None:
        raise DomainError(ErrorCode.NOT_FOUND, "The task does not exist (any more).")
    return locked


class _ArrayPosition(models.Func):
    """The place of a task among `keys`."""

    function = "array_position"
    output_field: Any = models.IntegerField()

    def __init__(self, keys: Sequence[UUID]) -> None:
        listed = models.Value(list(keys), ArrayField(models.UUIDField()))
        super().__init__(listed, models.F("pk"))


def _lock_first(repository: Repository, keys: Sequence[UUID], count: int) -> list[UUID]:
    """Lock the first `count` of the tasks, in the order of `keys`, that are pending still.

    Those that another transaction holds are passed over: it hands them out, or changes them. What
    became of their blockers since the queue was read is not asked again: nothing would keep that
    from changing a moment later, and who changes it at the same time may as well come after.
    """
    found = (
        Task.objects.filter(pk__in=keys, repository=repository, status=TaskStatus.PENDING)
        .order_by(_ArrayPosition(keys))
        .select_for_update(skip_locked=True, no_key=True)
        .values_list("pk", flat=True)
    )
    return list(found[:count])


def _insert(
    actor: User | None,
    repository: Repository,
    keys: Sequence[UUID],
    holder: str,
    lease: timedelta,
) -> list[TaskClaim]:
    """Claims of the tasks, which are locked; fewer where one was claimed before the lock.

    The reader's snapshot may be older than its lock: a claim that was committed in between is
    found by the unique key alone.
    """
    _return(keys)
    claims = [
        TaskClaim(
            repository=repository,
            task_id=key,
            holder=holder,
            actor=actor,
            renewed_at=Now(),
            expires_at=Now() + lease,
        )
        for key in keys
    ]
    TaskClaim.objects.bulk_create(claims, ignore_conflicts=True)
    made = TaskClaim.objects.select_related("repository", "actor").in_bulk(
        [claim.pk for claim in claims]
    )
    return [made[claim.pk] for claim in claims if claim.pk in made]


def _return(keys: Collection[UUID]) -> int:
    """Give back those of the tasks whose lease has expired and that nobody else writes now."""
    with transaction.atomic():
        expired = TaskClaim.objects.expired().filter(task__in=keys)
        late = list(expired.values_list("task_id", flat=True))
        if not late:
            return 0
        locked = list(
            Task.all_objects.filter(pk__in=late)
            .order_by("pk")
            .select_for_update(skip_locked=True, no_key=True)
            .values_list("pk", flat=True)
        )
        # Asked again under the lock of the claim: its holder may have been heard of meanwhile.
        claims = list(expired.filter(task__in=locked).select_for_update(of=("self",)))
        with because(EXPIRED):
            _give_back(claims)
    return len(claims)


def _give_back(claims: Sequence[TaskClaim]) -> None:
    """End the claims of locked tasks; what was in progress is pending again."""
    keys = [claim.task_id for claim in claims]
    TaskClaim.objects.filter(pk__in=[claim.pk for claim in claims]).delete()
    Task.objects.filter(pk__in=keys, status=TaskStatus.IN_PROGRESS).update(
        status=TaskStatus.PENDING
    )


def _lock_taken(actor: User, task: Task, fence: int | None) -> TaskClaim:
    locked = _lock(task)
    require_role(locked.repository, actor, MemberRole.MAINTAINER)
    require_active(locked.repository)
    claim: TaskClaim | None = (
        TaskClaim.objects.select_related("repository").filter(task=locked.pk).first()
    )
    if fence is not None and (claim is None or claim.fence != fence):
        raise stale_fence(present_claim(locked.pk), fence)
    if claim is None:
        raise InvalidInputError("/task_id", "Nobody holds the task: it needs no taking away.")
    return claim


def _require_own(claim: TaskClaim, actor: User) -> None:
    if claim.actor_id not in (None, actor.pk):
        raise DomainError(
            ErrorCode.PERMISSION_DENIED,
            f"{held_by(claim)} It was claimed under another login. A maintainer can take it away.",
            extra={"claim": as_extra(claim)},
        )


def _check_reason(reason: str) -> str:
    if not reason.strip():
        raise InvalidInputError("/reason", "Say why the work is taken away.")
    return reason


def _not_ready(task: Task) -> DomainError:
    reasons, extra = [], {}
    if task.status != TaskStatus.PENDING:
        reasons.append(f"It is {task.status}, not pending.")
    children = Task.objects.open().filter(parent_task=task)
    open_children = [str(key) for key in children.values_list("pk", flat=True)[:5]]
    if open_children:
        reasons.append("It has open children: take one of them.")
        extra["open_children"] = open_children
    obstacles = read_obstacles(task.repository, [task.pk])[task.pk]
    if obstacles.count:
        reasons.append(f"It waits for {obstacles.count} open task(s).")
        extra["blocked_by"] = [str(each.pk) for each in obstacles.blockers]
    return DomainError(
        ErrorCode.NOT_READY, " ".join(reasons) or "It is not ready (any more).", extra=extra
    )
