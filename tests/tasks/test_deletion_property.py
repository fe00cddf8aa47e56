"""Delete, then restore, over random forests: the same rows and links; nothing else moves."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from apps.accounts.models import User
from apps.prds.models import PRD
from apps.prds.services import delete_prd, restore_prd
from apps.repositories.models import Repository
from apps.task_templates.models import TaskTemplate
from apps.task_templates.services import delete_template, restore_template
from apps.tasks.deletion import delete_task, restore_task
from apps.tasks.models import Task, TaskDependency, TaskExternalKey
from tests.examples import examples
from tests.factories import PRDFactory, TaskFactory, TaskTemplateFactory

PRDS = 2
TASKS = 10
# Kept by triggers, or derived of other rows.
MOVING = {"version", "updated_at", "task_count"}
SERVICES: dict[type, tuple[Any, Any, str]] = {
    Task: (delete_task, restore_task, "task"),
    PRD: (delete_prd, restore_prd, "prd"),
    TaskTemplate: (delete_template, restore_template, "template"),
}
Rows = dict[tuple[str, UUID], dict[str, Any]]


@dataclass(frozen=True)
class Forest:
    """Each task's parent (an earlier one), PRD and whether it has the template; edges; deletions.

    A record is a number: first the PRDs, then the template, then the tasks.
    """

    parents: Sequence[int | None]
    prds: Sequence[int | None]
    templates: Sequence[bool]
    edges: set[tuple[int, int]]
    earlier: Sequence[int]
    chosen: int


@st.composite
def forests(draw: Any) -> Forest:
    size = draw(st.integers(1, TASKS))
    number = st.integers(0, size - 1)
    records = st.integers(0, PRDS + size)
    return Forest(
        parents=[draw(st.none() | st.integers(0, n - 1)) if n else None for n in range(size)],
        prds=draw(st.lists(st.none() | st.integers(0, PRDS - 1), min_size=size, max_size=size)),
        templates=draw(st.lists(st.booleans(), min_size=size, max_size=size)),
        edges={(a, b) for a, b in draw(st.sets(st.tuples(number, number), max_size=8)) if a < b},
        earlier=draw(st.lists(records, max_size=4)),
        chosen=draw(records),
    )


def plant(repository: Repository, forest: Forest) -> list[Any]:
    """The records of `forest`, in the order of their numbers."""
    prds = [PRDFactory(repository=repository) for _ in range(PRDS)]
    template = TaskTemplateFactory(repository=repository)
    tasks: list[Task] = []
    for parent, prd, templated in zip(forest.parents, forest.prds, forest.templates, strict=True):
        task = TaskFactory(
            repository=repository,
            parent_task=None if parent is None else tasks[parent],
            prd=None if prd is None else prds[prd],
            template=template if templated else None,
        )
        TaskExternalKey.objects.create(repository=repository, task=task, key=str(task.pk))
        tasks.append(task)
    for first, second in forest.edges:
        TaskDependency.objects.create(task=tasks[first], depends_on=tasks[second])
    return [*prds, template, *tasks]


def below(record: Any) -> set[tuple[str, UUID]]:
    """What shall go along with a live record, itself included, found by a plain walk."""
    found = {(record._meta.label, record.pk)}
    if isinstance(record, TaskTemplate):
        return found
    key = "prd_id" if isinstance(record, PRD) else "parent_task_id"
    pending = list(Task.objects.filter(**{key: record.pk}))
    while pending:
        task = pending.pop()
        if (task._meta.label, task.pk) not in found:
            found.add((task._meta.label, task.pk))
            pending += Task.objects.filter(parent_task=task)
    return found


def all_rows() -> Rows:
    """Every row, with every column."""
    models = [PRD, TaskTemplate, Task, TaskDependency, TaskExternalKey]
    return {
        (model._meta.label, row["id"]): row
        for model in models
        for row in model._base_manager.values()
    }


def changed(before: Rows, after: Rows, ignoring: set[str]) -> set[tuple[str, UUID]]:
    """The rows that differ in any column but those in `ignoring`, or are only in one of both."""

    def plain(row: dict[str, Any] | None) -> Any:
        return row and {name: value for name, value in row.items() if name not in ignoring}

    keys = before.keys() | after.keys()
    return {key for key in keys if plain(before.get(key)) != plain(after.get(key))}


@settings(
    max_examples=examples(40),
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(forest=forests())
def test_a_restore_undoes_a_deletion_and_nothing_else(
    owner: User, repository: Repository, as_app: None, forest: Forest
) -> None:
    with transaction.atomic():
        records = plant(repository, forest)
        for number in forest.earlier:
            record = records[number]
            if type(record).objects.filter(pk=record.pk).exists():
                delete, _, name = SERVICES[type(record)]
                delete(actor=owner, **{name: record})
        record = records[forest.chosen]
        delete, restore, name = SERVICES[type(record)]
        if not type(record).objects.filter(pk=record.pk).exists():
            restore(actor=owner, **{name: record})
        expected = below(record)
        before = all_rows()

        batch = delete(actor=owner, **{name: record})

        deleted = all_rows()
        # Counters are derived: a change of one makes no version.
        assert changed(before, deleted, {"task_count"}) == expected
        assert batch.count == len(expected)
        columns = ("deleted_at", "deleted_by_id", "deletion_batch")
        assert len({tuple(deleted[key][column] for column in columns) for key in expected}) == 1
        assert {deleted[key]["deletion_batch"] for key in expected} == {batch.id}

        record.refresh_from_db()
        restored = restore(actor=owner, **{name: record})

        after = all_rows()
        assert restored.count == len(expected)
        assert changed(before, after, MOVING) == set()
        assert changed(deleted, after, {"task_count"}) == expected
        transaction.set_rollback(True)
