"""The sides of a merge as the database has them: what was merged last, and the tasks of now."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from typing import Any
from uuid import UUID

from django.db import connection
from django.db.models import Exists, OuterRef

from apps.prds.models import PRD
from apps.prds.parser import parse_document
from apps.repositories.choices import ClosingWithOpenWork
from apps.repositories.models import Repository
from apps.tasks.choices import DependencyKind
from apps.tasks.lifecycle import OPEN
from apps.tasks.models import Task, TaskDependency, TaskExternalKey
from apps.tasks.querysets import blocking_statuses

from .choices import ItemState
from .merge import TASK_PIN, Around, BaseItem, Holder, Inputs, Item, Mine, read_items
from .models import PRDItem

# The dependencies of the tasks outside of `ids` that can be reached from these, each task once.
REACHED = """
    WITH RECURSIVE reached (id) AS (
        SELECT depends_on_id FROM task_dependencies
        WHERE task_id = ANY (%(ids)s) AND kind = 'blocks'
        UNION
        SELECT edge.depends_on_id
        FROM reached JOIN task_dependencies AS edge ON edge.task_id = reached.id
        WHERE edge.kind = 'blocks'
    )
    SELECT edge.task_id, edge.depends_on_id
    FROM reached JOIN task_dependencies AS edge ON edge.task_id = reached.id
    WHERE edge.kind = 'blocks' AND reached.id <> ALL (%(ids)s)
"""
# The parents of the tasks that stand above `ids`, all the way up.
ABOVE = """
    WITH RECURSIVE above (id) AS (
        SELECT parent_task_id FROM tasks
        WHERE id = ANY (%(ids)s) AND parent_task_id IS NOT NULL
        UNION
        SELECT task.parent_task_id FROM above JOIN tasks AS task ON task.id = above.id
        WHERE task.parent_task_id IS NOT NULL
    )
    SELECT task.id, task.parent_task_id FROM above JOIN tasks AS task ON task.id = above.id
    WHERE task.parent_task_id IS NOT NULL AND task.id <> ALL (%(ids)s)
"""
COLUMNS = (
    "content",
    "details",
    "priority",
    "estimated_minutes",
    "assignee",
    "tags",
    "acceptance_criteria",
    "source_section",
)


def read_inputs(
    repository: Repository, prd: PRD | None, items: Sequence[Item], pins: Mapping[str, str]
) -> Inputs:
    """Everything that the merge of `items` into `repository` looks at; some queries, whatever the
    number. `prd` is None at the first import of a document."""
    base = read_base(prd) if prd else []
    adopted = {pin.removeprefix(TASK_PIN) for pin in pins.values() if pin.startswith(TASK_PIN)}
    task_ids = {UUID(b.task_id) for b in base if b.task_id} | {UUID(pk) for pk in adopted}
    return Inputs(
        items=items,
        base=base,
        around=read_around(repository, task_ids),
        mine=read_mine(repository, task_ids),
        holders=_holders(repository, [item.external_key for item in items if item.external_key]),
        pins=pins,
    )


def task_ids_of(prd: PRD, pins: Mapping[str, str]) -> list[UUID]:
    """The tasks that a merge into `prd` may change: what a writer locks before it reads them."""
    adopted = [pin.removeprefix(TASK_PIN) for pin in pins.values() if pin.startswith(TASK_PIN)]
    items = PRDItem.objects.filter(prd=prd, task__isnull=False)
    tasks = Task.all_objects.filter(prd=prd)
    return [
        *(UUID(pk) for pk in adopted),
        *items.values_list("task_id", flat=True),
        *tasks.values_list("pk", flat=True),
    ]


def read_base(prd: PRD) -> list[BaseItem]:
    """The items of the last merge. A PRD that was imported before there were any has those of its
    present text for which it has tasks."""
    rows = PRDItem.objects.filter(prd=prd).order_by("id")
    found = [
        BaseItem(
            id=str(row.pk),
            key=row.key,
            external_key=row.external_key,
            path=tuple(row.path),
            title=row.title,
            retired=row.state == ItemState.RETIRED,
            task_id=str(row.task_id) if row.task_id else None,
            values=row.base,
        )
        for row in rows
    ]
    return found or _derived_base(prd)


def _derived_base(prd: PRD) -> list[BaseItem]:
    keys = TaskExternalKey.objects.filter(task__prd=prd).values_list("key", "task_id")
    tasks = dict(keys)
    if not tasks:
        return []
    return [
        BaseItem(
            id=str(tasks[item.external_key]),
            key=item.key,
            external_key=item.external_key,
            path=item.path,
            title=item.title,
            retired=False,
            task_id=str(tasks[item.external_key]),
            values=item.values,
        )
        for item in read_items(parse_document(prd.content))
        if item.external_key in tasks
    ]


def read_mine(repository: Repository, task_ids: Collection[UUID]) -> dict[str, Mine]:
    """The tasks as they are now, deleted ones included, by their ids."""
    tasks = Task.all_objects.filter(pk__in=task_ids, repository=repository).values(
        "id", "status", "deleted_at", "removed_from_prd_at", "parent_task_id", *COLUMNS
    )
    dependencies: dict[UUID, list[str]] = defaultdict(list)
    related: dict[UUID, set[str]] = defaultdict(set)
    links = TaskDependency.objects.filter(task__in=task_ids).order_by("id")
    for task_id, other, kind in links.values_list("task_id", "depends_on_id", "kind"):
        if kind == DependencyKind.BLOCKS:
            dependencies[task_id].append(str(other))
        else:
            related[task_id].add(str(other))
    keys = dict(TaskExternalKey.objects.filter(task__in=task_ids).values_list("task_id", "key"))
    children: dict[UUID, set[str]] = defaultdict(set)
    below = Task.objects.open().filter(parent_task__in=task_ids)
    for parent_id, child in below.values_list("parent_task_id", "id"):
        children[parent_id].add(str(child))
    return {
        str(task["id"]): _mine(
            task,
            dependencies=dependencies[task["id"]],
            related=related[task["id"]],
            external_key=keys.get(task["id"], ""),
            open_children=children[task["id"]],
        )
        for task in tasks
    }


def read_around(repository: Repository, task_ids: Collection[UUID]) -> Around:
    """What stands around these tasks: who waits for them, and what can be reached from them."""
    ids = list(task_ids)
    with connection.cursor() as cursor:
        cursor.execute(REACHED, {"ids": ids})
        edges = cursor.fetchall()
        cursor.execute(ABOVE, {"ids": ids})
        parents = cursor.fetchall()
    dependencies: dict[str, list[str]] = defaultdict(list)
    for task_id, other in edges:
        dependencies[str(task_id)].append(str(other))
    links = TaskDependency.objects.filter(kind=DependencyKind.BLOCKS)
    statuses = blocking_statuses(repository)
    blocking = links.filter(
        task__in=ids, depends_on__status__in=statuses, depends_on__deleted_at__isnull=True
    ).exclude(depends_on__in=ids)
    waiting: dict[str, set[str]] = defaultdict(set)
    dependents = links.filter(
        depends_on__in=ids, task__status__in=OPEN, task__deleted_at__isnull=True
    ).exclude(task__in=ids)
    for task_id, other in dependents.values_list("depends_on_id", "task_id"):
        waiting[str(task_id)].add(str(other))
    return Around(
        dependencies=dependencies,
        parents={str(task_id): [str(parent)] for task_id, parent in parents},
        waiting={task_id: frozenset(others) for task_id, others in waiting.items()},
        blocking=frozenset(str(pk) for pk in blocking.values_list("depends_on_id", flat=True)),
        blocking_statuses=frozenset(str(status) for status in statuses),
        refuses_open_work=repository.closing_with_open_work is ClosingWithOpenWork.REFUSE,
    )


def _mine(
    task: Mapping[str, Any],
    *,
    dependencies: list[str],
    related: set[str],
    external_key: str,
    open_children: set[str],
) -> Mine:
    parent_id = task["parent_task_id"]
    return Mine(
        task_id=str(task["id"]),
        status=task["status"],
        deleted=task["deleted_at"] is not None,
        marked=task["removed_from_prd_at"] is not None,
        values={
            **{column: task[column] for column in COLUMNS},
            "status": task["status"],
            "parent": str(parent_id) if parent_id else None,
            "dependencies": dependencies,
            "external_key": external_key,
        },
        related=frozenset(related),
        open_children=frozenset(open_children),
    )


def _holders(repository: Repository, keys: Sequence[str]) -> dict[str, Holder]:
    linked = PRDItem.objects.filter(task=OuterRef("task"))
    found = (
        TaskExternalKey.objects.filter(repository=repository, key__in=keys)
        .annotate(is_linked=Exists(linked))
        .values_list("key", "task_id", "task__content", "task__deleted_at", "is_linked")
    )
    return {
        key: Holder(str(task_id), title, deleted_at is not None, is_linked)
        for key, task_id, title, deleted_at, is_linked in found
    }
