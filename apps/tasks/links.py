"""Writes what a task depends on, what waits for it, and its other relations.

All are rows of `task_dependencies`, one for a pair of tasks. The database refuses circles.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from uuid import UUID

from django.db import IntegrityError, transaction
from django.utils import timezone

from apps.core.errors import DomainError, ErrorCode, FieldError, InvalidInputError

from .choices import DependencyKind
from .graph import refused_circle
from .models import Task, TaskDependency
from .scoring import rescore_tasks

RELATION_KINDS = tuple(kind for kind in DependencyKind if kind is not DependencyKind.BLOCKS)


@dataclass(frozen=True, slots=True)
class Relation:
    """What a task has to do with another without waiting for it."""

    task_id: UUID
    kind: DependencyKind


@dataclass(frozen=True, slots=True)
class Links:
    """The live tasks to which a task shall be linked from now on; None leaves a part as it is."""

    dependencies: Sequence[UUID] | None = None
    blocks: Sequence[UUID] | None = None
    relations: Sequence[Relation] | None = None

    def are_given(self) -> bool:
        """Whether any part is not left as it is."""
        return any(part is not None for part in (self.dependencies, self.blocks, self.relations))


def set_links(task: Task, links: Links) -> bool:
    """Make the links of `task` those that are given; True if one changed. Under `lock_graph`.

    Links to deleted tasks stay: nobody who sent `links` could see them, and a restored task wants
    them back. The tasks that come to wait for `task`, or no longer do, get a new version.

    Raises `DomainError`: `invalid_request` for what cannot be linked, `dependency_cycle`.
    """
    _check_members(task, links)
    changed: set[UUID] = set()
    if links.dependencies is not None:
        wanted = dict.fromkeys(links.dependencies, DependencyKind.BLOCKS)
        with _spelling_out("/dependencies"):
            changed |= _replace(task, wanted, replaced={DependencyKind.BLOCKS})
    if links.relations is not None:
        _refuse_softening(task, links.relations)
        wanted = {relation.task_id: relation.kind for relation in links.relations}
        changed |= _replace(task, wanted, replaced=set(RELATION_KINDS))
    if links.blocks is not None:
        wanted = dict.fromkeys(links.blocks, DependencyKind.BLOCKS)
        with _spelling_out("/blocks"):
            others = _replace(
                task, wanted, replaced={DependencyKind.BLOCKS}, own="depends_on", other="task"
            )
        # Whoever read their old dependencies must not replace the new ones unseen.
        Task.objects.filter(pk__in=others).update(dependencies_changed_at=timezone.now())
        rescore_tasks(others)
        changed |= others
    return bool(changed)


@contextmanager
def _spelling_out(pointer: str) -> Iterator[None]:
    """A savepoint in which the database's refusal of a circle becomes an error at `pointer`."""
    try:
        with transaction.atomic():
            yield
    except IntegrityError as error:
        circle = refused_circle(error, "task_dependencies_no_cycle")
        if not circle:
            raise
        code = ErrorCode.DEPENDENCY_CYCLE
        detail = f"These dependencies would close a circle: {' → '.join(circle)}."
        raise DomainError(
            code, detail, [FieldError(pointer, code.value, detail)], extra={"cycle": circle}
        ) from error


def _check_members(task: Task, links: Links) -> None:
    """Refuse the task itself, what is no live task of its repository, and two links of one pair."""
    named = {
        "dependencies": list(links.dependencies or ()),
        "blocks": list(links.blocks or ()),
        "relations": [relation.task_id for relation in links.relations or ()],
    }
    wanted = {key for keys in named.values() for key in keys}
    known = Task.objects.filter(pk__in=wanted, repository_id=task.repository_id)
    found = set(known.values_list("pk", flat=True))
    for field, keys in named.items():
        if task.pk in keys:
            raise InvalidInputError(f"/{field}", "A task cannot be linked to itself.")
        for position, key in enumerate(keys):
            if key not in found:
                raise InvalidInputError(
                    f"/{field}/{position}", f"There is no live task {key} in this repository."
                )
    for position, key in enumerate(named["relations"]):
        if key in named["dependencies"]:
            raise InvalidInputError(
                f"/relations/{position}", f"{key} is among the dependencies: a pair has one link."
            )


def _refuse_softening(task: Task, relations: Sequence[Relation]) -> None:
    """A dependency is not taken away by naming it as something weaker."""
    links = TaskDependency.objects.filter(task=task, kind=DependencyKind.BLOCKS)
    blockers = set(links.values_list("depends_on_id", flat=True))
    for position, relation in enumerate(relations):
        if relation.task_id in blockers:
            raise InvalidInputError(
                f"/relations/{position}",
                f"The task depends on {relation.task_id}. Take it out of dependencies as well.",
            )


def _replace(
    task: Task,
    wanted: Mapping[UUID, DependencyKind],
    *,
    replaced: set[DependencyKind],
    own: str = "task",
    other: str = "depends_on",
) -> set[UUID]:
    """Make `wanted` the live tasks at the `other` end; return those whose link changed.

    Links of the kinds `replaced` that are not wanted go; those of any kind that are wanted take
    the wanted kind, since a pair has one link.
    """
    links = TaskDependency.objects.filter(**{own: task})
    live = links.filter(**{f"{other}__deleted_at__isnull": True})
    current = dict(live.values_list(f"{other}_id", "kind"))
    unwanted = {key for key, kind in current.items() if kind in replaced and key not in wanted}
    if unwanted:
        links.filter(**{f"{other}__in": unwanted}).delete()
    moved = {key for key, kind in wanted.items() if current.get(key, kind) != kind}
    for kind in {wanted[key] for key in moved}:
        keys = [key for key in moved if wanted[key] == kind]
        links.filter(**{f"{other}__in": keys}).update(kind=kind)
    added = [key for key in wanted if key not in current]
    TaskDependency.objects.bulk_create(
        TaskDependency(kind=wanted[key], **{f"{own}_id": task.pk, f"{other}_id": key})
        for key in added
    )
    return unwanted | moved | set(added)
