"""The writers of many tasks at once: set-based, for imports and merges."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction
from django.utils import timezone

from apps.accounts.models import User
from apps.core.bulk import update_rows
from apps.core.errors import DomainError, ErrorCode
from apps.core.ids import uuid7
from apps.prds.complexity import as_columns
from apps.repositories.choices import ClosingWithOpenWork, MemberRole
from apps.repositories.models import Repository
from apps.repositories.visibility import require_active, require_role

from .choices import DependencyKind, TaskStatus
from .graph import lock_graph, refused_circle
from .lifecycle import OPEN
from .models import Task, TaskDependency, TaskExternalKey
from .querysets import blocking_statuses
from .scoring import score_task, scores_after
from .session_ids import check_session_ids

ROWS_A_STATEMENT = 500
LINKS_A_STATEMENT = 50
MOST_NAMED = 5
CIRCLES = {
    "task_dependencies_no_cycle": "These dependencies would close a circle",
    "tasks_parent_no_circle": "These parents would close a circle",
}


@dataclass(frozen=True, slots=True)
class NewTask:
    """One task of a bulk creation. `key` names it within the call, `external_key` for good."""

    key: str
    values: Mapping[str, Any]
    external_key: str = ""
    parent: str | UUID | None = None
    depends_on: Sequence[str | UUID] = ()


@dataclass(frozen=True, slots=True)
class TaskChange:
    """What shall become of one task.

    `dependencies` are the tasks that it shall wait for, all of them; None leaves them.
    `external_key` likewise, where "" takes it away.
    """

    task_id: UUID
    values: Mapping[str, Any]
    external_key: str | None = None
    dependencies: Sequence[UUID] | None = None


@transaction.atomic
def create_tasks(
    *, actor: User, repository: Repository, new_tasks: Sequence[NewTask]
) -> dict[str, UUID]:
    """Many tasks at once, in their order; their ids by key.

    A parent or dependency is another key of the call or the id of a task of the repository. Some
    statements, whatever the number.

    Raises `DomainError`: `permission_denied` (also for another's session in `session_id`),
    `repository_archived`, `dependency_cycle`.
    """
    require_role(repository, actor, MemberRole.CONTRIBUTOR)
    require_active(repository)
    check_session_ids(actor, repository, (new.values.get("session_id", "") for new in new_tasks))
    lock_graph(repository.pk)
    ids = {new.key: uuid7() for new in new_tasks}

    def task_id(named: str | UUID) -> UUID:
        return named if isinstance(named, UUID) else ids[named]

    with _spelling_out():
        Task.objects.bulk_create(
            (
                _scored(
                    Task(
                        id=ids[new.key],
                        repository=repository,
                        parent_task_id=None if new.parent is None else task_id(new.parent),
                        **new.values,
                    ),
                    len(set(new.depends_on)),
                )
                for new in new_tasks
            ),
            batch_size=ROWS_A_STATEMENT,
        )
        TaskExternalKey.objects.bulk_create(
            TaskExternalKey(repository=repository, task_id=ids[new.key], key=new.external_key)
            for new in new_tasks
            if new.external_key
        )
        # The last first, few at a time: the database walks from each new link on through those
        # that are there already, and of a long chain it would walk the rest for each of its links.
        TaskDependency.objects.bulk_create(
            (
                TaskDependency(task_id=ids[new.key], depends_on_id=task_id(other))
                for new in reversed(new_tasks)
                for other in new.depends_on
            ),
            batch_size=LINKS_A_STATEMENT,
        )
    return ids


@transaction.atomic
def change_tasks(*, actor: User, repository: Repository, changes: Sequence[TaskChange]) -> None:
    """Many changes at once, of live tasks of one repository that the caller has locked.

    The caller has called `lock_graph` first. Raises `DomainError`: `permission_denied`,
    `repository_archived`, `dependency_cycle`, `open_work`; the database refuses moves of a status
    that are none.
    """
    require_role(repository, actor, MemberRole.CONTRIBUTOR)
    require_active(repository)
    now = timezone.now()
    with _spelling_out():
        _write_keys(repository, changes)
        relinked = _write_dependencies(changes)
        more = scores_after({c.task_id: c.values for c in changes}, relinked)
        for pk in relinked:
            more.setdefault(pk, {})["dependencies_changed_at"] = now
        _write_values(changes, more)
    closed = {
        change.task_id: change.values["status"]
        for change in changes
        if change.values.get("status", TaskStatus.PENDING) not in OPEN
    }
    _look_under(repository, closed)


def take_external_keys(task_ids: Sequence[UUID]) -> None:
    """Leave tasks without their external keys, which new tasks may have then."""
    TaskExternalKey.objects.filter(task__in=task_ids).delete()


def external_keys_in_use(repository: Repository, keys: Sequence[str]) -> set[str]:
    """Which of `keys` the repository has given to a task already, deleted ones included."""
    links = TaskExternalKey.objects.filter(repository=repository, key__in=keys)
    return set(links.values_list("key", flat=True))


@contextmanager
def _spelling_out() -> Iterator[None]:
    """A savepoint in which the database's refusal of a circle becomes an error."""
    try:
        with transaction.atomic():
            yield
    except IntegrityError as error:
        for constraint, text in CIRCLES.items():
            circle = refused_circle(error, constraint)
            if circle:
                code = ErrorCode.DEPENDENCY_CYCLE
                raise DomainError(
                    code, f"{text}: {' → '.join(circle)}.", extra={"cycle": circle}
                ) from error
        raise


def _scored(task: Task, dependencies: int) -> Task:
    """The task with its score, and with its level where nobody has said how complex it is."""
    found = score_task(task, dependencies)
    for name, value in as_columns(found).items():
        setattr(task, name, value)
    task.complexity = task.complexity or found.level
    return task


def _write_values(changes: Sequence[TaskChange], more: Mapping[UUID, Mapping[str, Any]]) -> None:
    # Parents all in one statement, on whose end the database looks: parent and child may change
    # places.
    parent = "parent_task_id"
    update_rows(
        Task, {c.task_id: {parent: c.values[parent]} for c in changes if parent in c.values}
    )
    values = {c.task_id: {**c.values, **more.get(c.task_id, {})} for c in changes}
    for found in values.values():
        found.pop(parent, None)
    update_rows(Task, values)


def _write_keys(repository: Repository, changes: Sequence[TaskChange]) -> None:
    """All old keys go before the new ones come: keys may change hands."""
    rekeyed = [change for change in changes if change.external_key is not None]
    if not rekeyed:
        return
    TaskExternalKey.objects.filter(task__in=[change.task_id for change in rekeyed]).delete()
    TaskExternalKey.objects.bulk_create(
        TaskExternalKey(repository=repository, task_id=change.task_id, key=change.external_key)
        for change in rekeyed
        if change.external_key
    )


def _write_dependencies(changes: Sequence[TaskChange]) -> set[UUID]:
    """All that go before those that come: an edge may be turned round. The tasks relinked."""
    relinked = {
        change.task_id: dict.fromkeys(change.dependencies)
        for change in changes
        if change.dependencies is not None
    }
    if not relinked:
        return set()
    links = TaskDependency.objects.filter(task__in=relinked)
    present: dict[UUID, dict[UUID, TaskDependency]] = defaultdict(dict)
    for link in links:
        present[link.task_id][link.depends_on_id] = link
    blocks = DependencyKind.BLOCKS
    dropped = [
        link.pk
        for task_id, wanted in relinked.items()
        for other, link in present[task_id].items()
        if link.kind == blocks and other not in wanted
    ]
    hardened = [
        present[task_id][other].pk
        for task_id, wanted in relinked.items()
        for other in wanted
        if other in present[task_id] and present[task_id][other].kind != blocks
    ]
    TaskDependency.objects.filter(pk__in=dropped).delete()
    TaskDependency.objects.filter(pk__in=hardened).update(kind=blocks)
    TaskDependency.objects.bulk_create(
        TaskDependency(task_id=task_id, depends_on_id=other)
        for task_id, wanted in relinked.items()
        for other in wanted
        if other not in present[task_id]
    )
    return set(relinked)


def _look_under(repository: Repository, closed: Mapping[UUID, str]) -> None:
    """Refuse to close tasks over open work, where that is the repository's rule."""
    if not closed or repository.closing_with_open_work is not ClosingWithOpenWork.REFUSE:
        return
    parents = Task.objects.open().filter(parent_task__in=list(closed))
    found = set(parents.values_list("parent_task_id", flat=True))
    completed = [pk for pk, status in closed.items() if status == TaskStatus.COMPLETED]
    waiting = TaskDependency.objects.filter(
        task__in=completed,
        kind=DependencyKind.BLOCKS,
        depends_on__deleted_at__isnull=True,
        depends_on__status__in=blocking_statuses(repository),
    )
    found |= set(waiting.values_list("task_id", flat=True))
    if not found:
        return
    named = sorted(str(pk) for pk in found)
    more = " and more" if len(named) > MOST_NAMED else ""
    detail = (
        f"These tasks cannot be closed while open work stands below or before them: "
        f"{', '.join(named[:MOST_NAMED])}{more}. Leave their status as it is, or let the "
        "repository's setting closing_with_open_work allow it."
    )
    raise DomainError(ErrorCode.OPEN_WORK, detail, extra={"tasks": sorted(map(str, found))})
