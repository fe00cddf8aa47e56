"""Deleting tasks, PRDs and templates with what belongs to them; restoring exactly that."""

from __future__ import annotations

import tracemalloc
from collections.abc import Callable
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from apps.accounts.models import User
from apps.core.deletion import plan_deletion, plan_restore, soft_deleted_models
from apps.core.errors import DomainError, ErrorCode, NotFoundError
from apps.core.ids import is_uuid7
from apps.outbox.worker import work_once
from apps.prds.models import PRD
from apps.prds.services import delete_prd, restore_prd
from apps.repositories.models import Repository
from apps.task_templates.models import TaskTemplate
from apps.task_templates.services import delete_template, restore_template
from apps.tasks.deletion import delete_task, restore_task
from apps.tasks.models import Task, TaskDependency
from tests.contracts.races import meanwhile
from tests.factories import (
    PRDFactory,
    RepositoryFactory,
    TaskFactory,
    TaskTemplateFactory,
    UserFactory,
    create,
    deletion,
)

pytestmark = pytest.mark.django_db


def chain(repository: Repository, length: int, **values: Any) -> list[Task]:
    """Tasks, each below the one before."""
    tasks: list[Task] = []
    for _ in range(length):
        parent = tasks[-1] if tasks else None
        tasks.append(create(TaskFactory, repository=repository, parent_task=parent, **values))
    return tasks


def live(model: Any = Task) -> set[Any]:
    return set(model.objects.values_list("pk", flat=True))


def keys(*records: Any) -> set[Any]:
    return {record.pk for record in records}


def test_a_task_takes_the_live_tasks_below_it_along(
    owner: User, repository: Repository, as_app: None
) -> None:
    a, b, c, d = chain(repository, 4)
    other = TaskFactory(repository=repository)
    delete_task(actor=owner, task=c)
    batch = delete_task(actor=owner, task=a)
    assert live() == keys(other)
    assert set(batch.records[Task]) == keys(a, b)  # c and d were gone already, by another deletion
    for task in (a, b):
        task.refresh_from_db()
        assert (task.deleted_by, task.deletion_batch, task.version) == (owner, batch.id, 2)
    assert is_uuid7(batch.id)
    assert a.deleted_at == b.deleted_at
    restore_task(actor=owner, task=b)
    assert live() == keys(a, b, other)
    restore_task(actor=owner, task=d)
    assert live() == keys(a, b, c, d, other)
    a.refresh_from_db()
    assert (a.deleted_at, a.deleted_by, a.deletion_batch) == (None, None, None)


def test_a_document_takes_its_tasks_and_those_below_them_along(
    owner: User, repository: Repository, as_app: None
) -> None:
    prd, other = PRDFactory(repository=repository), PRDFactory(repository=repository)
    first = TaskFactory(repository=repository, prd=prd)
    sub = TaskFactory(repository=repository, parent_task=first, prd=other)
    plain = TaskFactory(repository=repository, parent_task=sub)
    elsewhere = TaskFactory(repository=repository, prd=other)
    batch = delete_prd(actor=owner, prd=prd)
    assert live(PRD) == keys(other)
    assert live() == keys(elsewhere)
    assert set(batch.records[Task]) == keys(first, sub, plain)
    restore_prd(actor=owner, prd=prd)
    assert live(PRD) == keys(prd, other)
    assert live() == keys(first, sub, plain, elsewhere)


def test_a_template_goes_alone(owner: User, repository: Repository, as_app: None) -> None:
    template = TaskTemplateFactory(repository=repository)
    task = TaskFactory(repository=repository, template=template)
    assert delete_template(actor=owner, template=template).count == 1
    assert live(TaskTemplate) == set()
    assert Task.objects.get(pk=task.pk).template == template  # through the base manager
    restore_template(actor=owner, template=template)
    assert live(TaskTemplate) == keys(template)


def test_a_template_for_all_repositories_is_a_superusers(owner: User, as_app: None) -> None:
    template = TaskTemplateFactory()
    with pytest.raises(DomainError) as caught:
        delete_template(actor=owner, template=template)
    assert caught.value.code is ErrorCode.PERMISSION_DENIED
    delete_template(actor=UserFactory(is_superuser=True), template=template)
    assert live(TaskTemplate) == set()


def test_the_plan_counts_and_shows_some(owner: User, repository: Repository) -> None:
    prd = PRDFactory(repository=repository)
    tasks = chain(repository, 12, prd=prd)
    plan = plan_deletion(prd)
    (share,) = plan.shares
    assert (plan.count, share.model, share.count, share.label) == (12, Task, 12, "12 tasks")
    assert list(share.sample) == tasks[:10]
    assert plan_deletion(tasks[11]).shares == ()
    assert live() == keys(*tasks)
    batch = delete_prd(actor=owner, prd=prd)
    back = plan_restore(batch.id)
    assert [share.label for share in back.shares] == ["1 PRD", "12 tasks"]
    assert (back.count, back.deleted_by, back.conflicts, back.remarks) == (13, owner, (), ())


# The trigger that refuses circles climbs from each task to the top: a deep tree is dear to plant.
@pytest.mark.parametrize(("shape", "many"), [
    ("deep", 60), pytest.param("deep", 300, marks=pytest.mark.thorough),
    ("wide", 200), pytest.param("wide", 2_000, marks=pytest.mark.thorough),
])  # fmt: skip
def test_many_tasks_take_no_more_statements_than_ten(
    owner: User, repository: Repository, as_app: None, shape: str, many: int
) -> None:
    def plant(size: int) -> Task:
        root: Task = TaskFactory(repository=repository)
        tasks = [Task(repository=repository, content="x") for _ in range(size)]
        above = root
        for task in tasks:
            task.parent_task = above
            above = task if shape == "deep" else root
        Task.objects.bulk_create(tasks)
        return root

    counts = []
    for size in (10, many):
        root = plant(size)
        with CaptureQueriesContext(connection) as queries:
            assert plan_deletion(root).count == size
            assert delete_task(actor=owner, task=root).count == size + 1
            root.refresh_from_db()
            plan_restore(root.deletion_batch)
            assert restore_task(actor=owner, task=root).count == size + 1
        counts.append(len(queries))
    assert counts[0] == counts[1] < 50


@pytest.mark.parametrize("many", [500, pytest.param(10_000, marks=pytest.mark.thorough)])
def test_thousands_of_tasks_are_no_burden(
    owner: User, repository: Repository, as_app: None, many: int
) -> None:
    """Of what goes along only the ids are held, of what is shown the first few rows."""
    root = TaskFactory(repository=repository)
    tasks = [Task(repository=repository, content="x", parent_task=root) for _ in range(many)]
    others = [Task(repository=repository, content="y") for _ in range(100)]
    Task.objects.bulk_create([*tasks, *others])
    TaskDependency.objects.bulk_create(
        TaskDependency(task=other, depends_on=task)
        for other, task in zip(others, tasks, strict=False)
    )
    steps: list[Callable[[], Any]] = [
        lambda: plan_deletion(root),
        lambda: delete_task(actor=owner, task=root),
        lambda: plan_restore(Task.all_objects.get(pk=root.pk).deletion_batch),
        lambda: restore_task(actor=owner, task=root),
    ]
    tracemalloc.start()
    try:
        plan, deleted, back, restored = (step() for step in steps)
        assert tracemalloc.get_traced_memory()[1] < 32 << 20
    finally:
        tracemalloc.stop()
    assert plan.count + 1 == deleted.count == back.count == restored.count == many + 1
    for (share,) in (plan.waiting, back.waiting):
        assert (share.count, list(share.sample)) == (100, others[:10])
    assert Task.objects.count() == many + 101


def test_a_filename_that_was_taken_meanwhile_stops_the_whole_restore(
    owner: User, repository: Repository, as_app: None
) -> None:
    prd = PRDFactory(repository=repository, filename="a.md", title="First")
    task = TaskFactory(repository=repository, prd=prd)
    batch = delete_prd(actor=owner, prd=prd)
    taken = PRDFactory(repository=repository, filename="a.md")
    PRDFactory(filename="a.md")  # of another repository, so in nobody's way
    (conflict,) = plan_restore(batch.id).conflicts
    assert "“First” cannot come back" in conflict
    assert "filename" in conflict
    for restore, record in ((restore_prd, {"prd": prd}), (restore_task, {"task": task})):
        with pytest.raises(DomainError, match="filename") as caught:
            restore(actor=owner, **record)
        assert caught.value.code is ErrorCode.ALREADY_EXISTS
    assert live() == set()
    delete_prd(actor=owner, prd=taken)
    restore_task(actor=owner, task=task)
    assert live(PRD) >= keys(prd)


@pytest.mark.parametrize("shared", [False, True])
def test_a_templates_name_too(repository: Repository, as_app: None, shared: bool) -> None:
    """Also among those of no repository, where null equals null."""
    root = UserFactory(is_superuser=True)
    home = None if shared else repository
    template = TaskTemplateFactory(repository=home, name="Release")
    delete_template(actor=root, template=template)
    taken = TaskTemplateFactory(repository=home, name="Release")
    with pytest.raises(DomainError, match="name") as caught:
        restore_template(actor=root, template=template)
    assert caught.value.code is ErrorCode.ALREADY_EXISTS
    delete_template(actor=root, template=taken)
    restore_template(actor=root, template=template)
    assert live(TaskTemplate) == keys(template)


def test_a_child_comes_back_below_a_parent_that_stays_deleted(
    owner: User, repository: Repository, as_app: None
) -> None:
    prd = PRDFactory(repository=repository, title="Plan")
    parent, child = chain(repository, 2)
    Task.objects.filter(pk=child.pk).update(prd=prd)
    first = delete_task(actor=owner, task=child)
    delete_task(actor=owner, task=parent)
    delete_prd(actor=owner, prd=prd)
    remarks = plan_restore(first.id).remarks
    assert [parent.content in remarks[0], "Plan" in remarks[1]] == [True, True]
    restore_task(actor=owner, task=child)
    assert live() == keys(child)
    child.refresh_from_db()
    assert (child.parent_task_id, child.prd_id) == (parent.pk, prd.pk)


def test_a_plan_of_what_is_restored_meanwhile_finds_nothing(
    owner: User, repository: Repository, as_app: None
) -> None:
    task = TaskFactory(repository=repository)
    batch = delete_task(actor=owner, task=task)
    with (
        pytest.raises(NotFoundError),
        meanwhile(lambda: restore_task(actor=owner, task=task), before='JOIN "users"'),
    ):
        plan_restore(batch.id)


def test_what_is_live_cannot_be_restored_nor_what_is_deleted_be_deleted(
    owner: User, repository: Repository, as_app: None
) -> None:
    task = TaskFactory(repository=repository)
    with pytest.raises(DomainError, match="not deleted") as caught:
        restore_task(actor=owner, task=task)
    assert caught.value.code is ErrorCode.CONFLICT
    delete_task(actor=owner, task=task)
    with pytest.raises(DomainError) as caught:
        delete_task(actor=owner, task=task)
    assert caught.value.code is ErrorCode.NOT_FOUND


@pytest.mark.parametrize("deleted", [False, True])
def test_a_version_that_is_gone_is_refused(
    owner: User, repository: Repository, as_app: None, deleted: bool
) -> None:
    task = TaskFactory(repository=repository, **(deletion() if deleted else {}))
    change = restore_task if deleted else delete_task
    with pytest.raises(DomainError) as caught:
        change(actor=owner, task=task, expected_version=2)
    assert caught.value.code is ErrorCode.STALE_VERSION
    change(actor=owner, task=task, expected_version=1)


@pytest.mark.parametrize("deleted", [False, True])
@pytest.mark.parametrize("refusal", ["permission_denied", "repository_archived"])
def test_contributors_change_repositories_that_are_not_archived(
    owner: User, viewer: User, repository: Repository, as_app: None, refusal: str, deleted: bool
) -> None:
    task = TaskFactory(repository=repository, **(deletion() if deleted else {}))
    actor = viewer if refusal == "permission_denied" else owner
    if actor is owner:
        Repository.objects.filter(pk=repository.pk).update(archived_at=timezone.now())
    with pytest.raises(DomainError) as caught:
        (restore_task if deleted else delete_task)(actor=actor, task=task)
    assert caught.value.code == refusal


def test_uniqueness_counts_live_rows_only(
    owner: User, repository: Repository, as_app: None
) -> None:
    for _ in range(3):
        delete_prd(actor=owner, prd=PRDFactory(repository=repository, filename="a.md"))
        template = TaskTemplateFactory(repository=repository, name="Release")
        delete_template(actor=owner, template=template)
    assert PRD.all_objects.filter(filename="a.md").count() == 3
    assert TaskTemplate.all_objects.filter(name="Release").count() == 3


@pytest.mark.parametrize("table", ["tasks", "prds", "task_templates"])
@pytest.mark.parametrize("missing", ["deleted_at", "deletion_batch"])
def test_a_deletion_has_a_time_and_a_batch(table: str, missing: str, as_app: None) -> None:
    factory: Any = {"tasks": TaskFactory, "prds": PRDFactory, "task_templates": TaskTemplateFactory}
    values = {**deletion(), missing: None}
    with pytest.raises(IntegrityError, match=f"{table}_deletion_complete"):
        factory[table](repository=RepositoryFactory(), **values)


def test_counts_of_documents_follow(owner: User, repository: Repository, as_app: None) -> None:
    def count() -> int:
        while work_once():
            pass
        return PRD.all_objects.get(pk=prd.pk).task_count

    prd = PRDFactory(repository=repository)
    a, _, c = chain(repository, 3, prd=prd)
    delete_task(actor=owner, task=c)
    assert count() == 2
    delete_prd(actor=owner, prd=prd)
    assert count() == 0
    restore_task(actor=owner, task=a)
    assert count() == 2


@pytest.mark.parametrize(
    ("model", "name"),
    [(model, name) for model in soft_deleted_models() for name in model.deleted_with],
    ids=lambda value: value if isinstance(value, str) else value._meta.label,
)
def test_a_deletion_stays_in_its_repository(
    repository: Repository, as_app: None, model: Any, name: str
) -> None:
    """By no key by which rows go along can a row name one of another repository."""
    factory: Any = {Task: TaskFactory, PRD: PRDFactory, TaskTemplate: TaskTemplateFactory}
    record = factory[model](repository=repository)
    owner = factory[model._meta.get_field(name).related_model](repository=RepositoryFactory())
    with (
        pytest.raises(IntegrityError, match="same repository"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        column = model._meta.get_field(name).column
        statement = f"UPDATE {model._meta.db_table} SET {column} = %s WHERE id = %s"
        cursor.execute(statement, [owner.pk, record.pk])
