"""The writers of single tasks; `bulk` has those of many."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction
from django.utils import timezone

from apps.accounts.models import User
from apps.core.errors import DomainError, ErrorCode, FieldError, InvalidInputError
from apps.core.ids import check_new_id
from apps.core.partitioning import oldest_id_time
from apps.core.services import check_version, write_fields
from apps.prds.complexity import as_columns
from apps.prds.models import PRD
from apps.repositories.choices import ClosingWithOpenWork, MemberRole
from apps.repositories.models import Repository
from apps.repositories.visibility import require_active, require_role

from .choices import TaskStatus
from .fences import require_fence
from .graph import lock_graph, refused_circle
from .lifecycle import OPEN, TRANSITIONS, can_move
from .links import Links, set_links
from .models import Task
from .scoring import changes_score, score_task, scored_columns
from .session_ids import check_session_ids

NO_LINKS = Links()
MOST_NAMED = 5


@transaction.atomic
def create_task(
    *,
    actor: User,
    repository: Repository,
    values: Mapping[str, Any],
    links: Links = NO_LINKS,
    task_id: UUID | None = None,
) -> Task:
    """A new task in `repository`, with `links` to others.

    Raises `DomainError`: `permission_denied` (also for another's session in `session_id`),
    `repository_archived`, `already_exists` (the id),
    `invalid_id`, `dependency_cycle`, `invalid_request` (a link or parent that is not a live task
    there).
    """
    require_role(repository, actor, MemberRole.CONTRIBUTOR)
    require_active(repository)
    check_session_ids(actor, repository, [values.get("session_id", "")])
    fields = dict(values)
    if task_id is not None:
        check_new_id(task_id, oldest=oldest_id_time(Task._meta.db_table))
        fields["id"] = task_id
    task = Task(repository=repository, **fields)
    if task.parent_task_id or task.prd_id or links.are_given():
        lock_graph(repository.pk)
    _check_parent(task)
    _check_prd(task)
    _score(task, len(set(links.dependencies or ())))
    _insert(task)
    set_links(task, links)
    task.refresh_from_db()
    return task


@transaction.atomic
def update_task(
    *,
    actor: User,
    task: Task,
    changes: Mapping[str, Any],
    links: Links = NO_LINKS,
    expected_version: int | None = None,
    fence: int | None = None,
) -> Task:
    """Apply `changes` to a live task and make its links those of `links`.

    With `fence`, only while the claim of this number holds the task. Where the repository's rule
    is to warn of open work under a closed task, the answer's `warnings` say it.

    Raises `DomainError`: `not_found` when it was deleted meanwhile, `stale_version`, `stale_fence`,
    `invalid_transition`, `open_work`, `dependency_cycle`, `permission_denied` (also for another's
    session in `session_id`), `repository_archived`, `invalid_request` (a link or parent that cannot
    be one).
    """
    if changes.keys() & {"parent_task", "prd"} or links.are_given():
        lock_graph(task.repository_id)
    locked = _lock(task)
    require_role(locked.repository, actor, MemberRole.CONTRIBUTOR)
    require_active(locked.repository)
    if fence is not None:
        require_fence(locked.pk, fence)
    check_version(locked, expected_version)
    session_id = changes.get("session_id", locked.session_id)
    if session_id != locked.session_id:
        check_session_ids(actor, locked.repository, [session_id])
    status = changes.get("status", locked.status)
    if not can_move(locked.status, status):
        raise _refused_move(locked.status, status)
    warnings = _look_under(locked, status)
    # What a task names already may have been deleted since: it stays, until another is named.
    target = Task(
        pk=locked.pk,
        repository=locked.repository,
        parent_task=changes.get("parent_task"),
        prd=changes.get("prd"),
    )
    if target.parent_task_id != locked.parent_task_id:
        _check_parent(target)
    if target.prd_id != locked.prd_id:
        _check_prd(target)
    relinked = set_links(locked, links)
    if relinked:
        # So that the task has a new version: who read the old links must not replace these.
        changes = {**changes, "dependencies_changed_at": timezone.now()}
    if relinked or changes_score(locked, changes):
        changes = {**changes, **scored_columns(locked, changes)}
    updated = _write(locked, changes)
    updated.warnings = warnings
    return updated


def _score(task: Task, dependencies: int) -> None:
    for name, value in as_columns(score_task(task, dependencies)).items():
        setattr(task, name, value)


def _insert(task: Task) -> None:
    # Asked afterwards, because between a question and the INSERT another could take the id.
    try:
        with transaction.atomic():
            task.save(force_insert=True)
    except IntegrityError:
        if not Task.all_objects.filter(pk=task.pk).exists():
            raise
        detail = "A task of this id exists already."
        raise InvalidInputError("/id", detail, code=ErrorCode.ALREADY_EXISTS) from None


def _lock(task: Task) -> Task:
    locked: Task | None = (
        Task.objects.select_related("repository")
        .defer("search")
        # Not the stronger FOR UPDATE: it stops a foreign key that points here, and two tasks that
        # come to depend on each other's neighbours would deadlock.
        .select_for_update(of=("self",), no_key=True)
        .filter(pk=task.pk)
        .first()
    )
    if locked is None:
        raise DomainError(ErrorCode.NOT_FOUND, "The task does not exist (any more).")
    return locked


def _check_parent(task: Task) -> None:
    """Under `lock_graph`, which keeps deletions out: what the caller has read may be old."""
    if task.parent_task_id is None:
        return
    if task.parent_task_id == task.pk:
        raise InvalidInputError("/parent_task_id", "A task cannot be its own parent.")
    parents = Task.objects.filter(pk=task.parent_task_id, repository=task.repository_id)
    if not parents.exists():
        raise InvalidInputError(
            "/parent_task_id", "The parent must be a live task of the same repository."
        )


def _check_prd(task: Task) -> None:
    """Under `lock_graph`, likewise."""
    if task.prd_id is None:
        return
    if not PRD.objects.filter(pk=task.prd_id, repository=task.repository_id).exists():
        raise InvalidInputError("/prd_id", "The PRD must be a live one of the same repository.")


def _write(task: Task, changes: Mapping[str, Any]) -> Task:
    try:
        with transaction.atomic():
            return write_fields(task, changes)
    except IntegrityError as error:
        circle = refused_circle(error, "tasks_parent_no_circle")
        if not circle:
            raise
        detail = f"The parent stands below the task already: {' → '.join(circle)}."
        code = ErrorCode.INVALID_REQUEST
        errors = [FieldError("/parent_task_id", code.value, detail)]
        raise DomainError(code, detail, errors, extra={"cycle": circle}) from error


def _look_under(task: Task, status: str) -> list[str]:
    """What is open under a task that is about to be closed, as warnings; by the repository's rule.

    Children of a closed task and, of a completed one, what it waits for.
    """
    rule = task.repository.closing_with_open_work
    if status == task.status or status in OPEN or rule is ClosingWithOpenWork.ALLOW:
        return []
    children = Task.objects.open().filter(parent_task=task)
    blockers = Task.objects.holding_up(task)
    found = [("It has open children", children)]
    if status == TaskStatus.COMPLETED:
        found.append(("It waits for open tasks", blockers))
    warnings = []
    for text, tasks in found:
        keys = [str(key) for key in tasks.values_list("pk", flat=True)[: MOST_NAMED + 1]]
        if keys:
            more = " and more" if len(keys) > MOST_NAMED else ""
            warnings.append(f"{text}: {', '.join(keys[:MOST_NAMED])}{more}.")
    if warnings and rule is ClosingWithOpenWork.REFUSE:
        detail = (
            f"{' '.join(warnings)} Close them first, or let the repository's setting"
            " closing_with_open_work allow it."
        )
        raise InvalidInputError("/status", detail, code=ErrorCode.OPEN_WORK)
    return warnings


def _refused_move(before: str, after: str) -> DomainError:
    allowed = ", ".join(sorted(TRANSITIONS[before]))
    detail = f"A task cannot go from {before} to {after}. From {before} it can go to: {allowed}."
    return InvalidInputError("/status", detail, code=ErrorCode.INVALID_TRANSITION)
