"""The only writers of tasks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction
from django.utils import timezone

from apps.accounts.models import User
from apps.core.errors import DomainError, ErrorCode, FieldError, InvalidInputError
from apps.core.ids import check_new_id
from apps.core.partitioning import oldest_id_time
from apps.core.services import check_version, write_fields
from apps.repositories.choices import MemberRole
from apps.repositories.models import Repository
from apps.repositories.visibility import require_active, require_role

from .choices import DependencyKind
from .graph import find_cycle, find_parent_cycle, lock_graph
from .lifecycle import TRANSITIONS, can_move
from .models import Task, TaskDependency, TaskExternalKey


@transaction.atomic
def create_task(
    *,
    actor: User,
    repository: Repository,
    values: Mapping[str, Any],
    dependencies: Sequence[UUID] = (),
    task_id: UUID | None = None,
) -> Task:
    """A new task in `repository`, which depends on `dependencies`.

    Raises `DomainError`: `permission_denied`, `repository_archived`, `already_exists` (the id),
    `invalid_id`, `invalid_request` (a dependency or parent that is not a live task there).
    """
    require_role(repository, actor, MemberRole.CONTRIBUTOR)
    require_active(repository)
    fields = dict(values)
    if task_id is not None:
        check_new_id(task_id, oldest=oldest_id_time(Task._meta.db_table))
        fields["id"] = task_id
    task = Task(repository=repository, **fields)
    _check_parent(task)
    _check_prd(task)
    _insert(task)
    if dependencies:
        _set_dependencies(task, dependencies)
    task.refresh_from_db()
    return task


@dataclass(frozen=True, slots=True)
class NewTask:
    """One task of a bulk creation, under a key that is unique in its repository."""

    external_key: str
    values: Mapping[str, Any]


@transaction.atomic
def create_tasks(
    *,
    actor: User,
    repository: Repository,
    new_tasks: Sequence[NewTask],
    dependencies: Sequence[tuple[str, str]] = (),
) -> list[Task]:
    """Many tasks at once, in their order, with dependencies among them: (key, key it depends on).

    Set-based: three statements whatever the number. The caller guarantees that the edges name keys
    of `new_tasks` and close no circle (the PRD parser does).
    """
    require_role(repository, actor, MemberRole.CONTRIBUTOR)
    require_active(repository)
    tasks = [Task(repository=repository, **new_task.values) for new_task in new_tasks]
    by_key = {new.external_key: task for new, task in zip(new_tasks, tasks, strict=True)}
    Task.objects.bulk_create(tasks)
    TaskExternalKey.objects.bulk_create(
        TaskExternalKey(repository=repository, task=task, key=key) for key, task in by_key.items()
    )
    TaskDependency.objects.bulk_create(
        TaskDependency(task=by_key[key], depends_on=by_key[other]) for key, other in dependencies
    )
    created = Task.objects.for_display().with_links().in_bulk([task.pk for task in tasks])
    return [created[task.pk] for task in tasks]


def external_keys_in_use(repository: Repository, keys: Sequence[str]) -> set[str]:
    """Which of `keys` the repository has given to a task already, deleted ones included."""
    links = TaskExternalKey.objects.filter(repository=repository, key__in=keys)
    return set(links.values_list("key", flat=True))


@transaction.atomic
def update_task(
    *,
    actor: User,
    task: Task,
    changes: Mapping[str, Any],
    dependencies: Sequence[UUID] | None = None,
    expected_version: int | None = None,
) -> Task:
    """Apply `changes` to a live task and, unless None, make `dependencies` what it depends on.

    Raises `DomainError`: `not_found` when it was deleted meanwhile, `stale_version`,
    `invalid_transition`, `dependency_cycle`, `permission_denied`, `repository_archived`,
    `invalid_request` (a dependency or parent that cannot be one).
    """
    locked = _lock(task)
    require_role(locked.repository, actor, MemberRole.CONTRIBUTOR)
    require_active(locked.repository)
    check_version(locked, expected_version)
    status = changes.get("status", locked.status)
    if not can_move(locked.status, status):
        raise _refused_move(locked.status, status)
    if "prd" in changes:
        _check_prd(Task(repository=locked.repository, prd=changes["prd"]))
    if "parent_task" in changes:
        moved = Task(pk=locked.pk, repository=locked.repository, parent_task=changes["parent_task"])
        _check_parent(moved)
        _check_ancestors(moved)
    if dependencies is not None and _set_dependencies(locked, dependencies):
        # So that the task has a new version: who read the old dependencies must not replace these.
        changes = {**changes, "dependencies_changed_at": timezone.now()}
    return write_fields(locked, changes)


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
    parent = task.parent_task
    if parent is None:
        return
    if parent.pk == task.pk:
        raise InvalidInputError("/parent_task_id", "A task cannot be its own parent.")
    if parent.repository_id != task.repository_id or parent.is_deleted:
        raise InvalidInputError(
            "/parent_task_id", "The parent must be a live task of the same repository."
        )


def _check_prd(task: Task) -> None:
    prd = task.prd
    if prd is not None and (prd.repository_id != task.repository_id or prd.is_deleted):
        raise InvalidInputError("/prd_id", "The PRD must be a live one of the same repository.")


def _check_ancestors(task: Task) -> None:
    if task.parent_task_id is None:
        return
    lock_graph(task.repository_id)
    circle = find_parent_cycle(task.pk, task.parent_task_id)
    if circle:
        path = [str(step) for step in circle]
        detail = f"The parent stands below the task already: {' → '.join(path)}."
        code = ErrorCode.INVALID_REQUEST
        errors = [FieldError("/parent_task_id", code.value, detail)]
        raise DomainError(code, detail, errors, extra={"cycle": path})


def _refused_move(before: str, after: str) -> DomainError:
    allowed = ", ".join(sorted(TRANSITIONS[before]))
    detail = f"A task cannot go from {before} to {after}. From {before} it can go to: {allowed}."
    return InvalidInputError("/status", detail, code=ErrorCode.INVALID_TRANSITION)


def _set_dependencies(task: Task, wanted: Sequence[UUID]) -> bool:
    """Make `wanted` the live tasks that `task` depends on by kind `blocks`; True if one changed.

    Other kinds stay, unless the same task is wanted: two tasks have one link. Links to deleted
    tasks stay too: nobody who sent `wanted` could see them, and a restored task wants them back.
    """
    if task.pk in wanted:
        raise InvalidInputError("/dependencies", "A task cannot depend on itself.")
    lock_graph(task.repository_id)
    found = set(
        Task.objects.filter(pk__in=wanted, repository_id=task.repository_id).values_list(
            "pk", flat=True
        )
    )
    for position, other in enumerate(wanted):
        if other not in found:
            raise InvalidInputError(
                f"/dependencies/{position}", f"There is no live task {other} in this repository."
            )
    cycle = find_cycle(task.pk, wanted)
    if cycle:
        path = " → ".join(str(step) for step in cycle)
        detail = f"These dependencies would close a circle: {path}."
        raise DomainError(
            ErrorCode.DEPENDENCY_CYCLE,
            detail,
            [FieldError("/dependencies", ErrorCode.DEPENDENCY_CYCLE.value, detail)],
            extra={"cycle": [str(step) for step in cycle]},
        )
    links = TaskDependency.objects.filter(task=task)
    unwanted = links.filter(kind=DependencyKind.BLOCKS, depends_on__deleted_at__isnull=True)
    removed, _ = unwanted.exclude(depends_on_id__in=wanted).delete()
    other_kinds = links.filter(depends_on_id__in=wanted).exclude(kind=DependencyKind.BLOCKS)
    hardened = other_kinds.update(kind=DependencyKind.BLOCKS)
    linked = set(links.values_list("depends_on_id", flat=True))
    added = TaskDependency.objects.bulk_create(
        TaskDependency(task=task, depends_on_id=other)
        for other in dict.fromkeys(wanted)
        if other not in linked
    )
    return bool(removed or hardened or added)
