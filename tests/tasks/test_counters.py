"""A PRD's task_count follows its tasks, whoever changes them, and leaves no trace of its own."""

from __future__ import annotations

import threading
from typing import Any

import pytest
from django.db import connection, transaction
from django.utils import timezone

from apps.core.ids import uuid7
from apps.outbox.models import OutboxEntry
from apps.outbox.worker import work_once
from apps.prds.models import PRD, PRDEvent
from apps.repositories.models import Repository
from apps.tasks.counters import recount_tasks
from apps.tasks.models import Task
from tests.contracts.races import at_once
from tests.factories import PRDFactory, TaskFactory


def counts(*prds: PRD) -> list[int]:
    while work_once():
        pass
    assert not OutboxEntry.objects.exists()
    return [PRD.all_objects.get(pk=prd.pk).task_count for prd in prds]


@pytest.mark.django_db
def test_the_count_follows_the_tasks(repository: Repository, as_app: None) -> None:
    a, b, empty = (PRDFactory(repository=repository, task_count=n) for n in (0, 7, 0))
    tasks = [TaskFactory(repository=repository, prd=a) for _ in range(4)]
    assert counts(a, b, empty) == [4, 7, 0]  # nobody has touched b
    Task.objects.filter(pk=tasks[0].pk).update(prd=b)
    assert counts(a, b, empty) == [3, 1, 0]
    gone = Task.objects.filter(pk__in=[task.pk for task in tasks])
    gone.update(deleted_at=timezone.now(), deletion_batch=uuid7())
    assert counts(a, b, empty) == [0, 0, 0]


@pytest.mark.django_db
def test_a_purged_document_is_no_error(repository: Repository) -> None:
    prd = PRDFactory(repository=repository)
    TaskFactory(repository=repository, prd=prd)
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM prds WHERE id = %s", [prd.pk])
    while work_once():
        pass
    assert not OutboxEntry.objects.exists()


@pytest.mark.django_db
def test_a_count_makes_no_version_and_no_history(repository: Repository, as_app: None) -> None:
    prd = PRDFactory(repository=repository)
    TaskFactory(repository=repository, prd=prd)
    before = PRDEvent.objects.count()
    assert counts(prd) == [1]
    assert PRDEvent.objects.count() == before
    assert PRD.objects.get(pk=prd.pk).version == 1


@pytest.mark.django_db
def test_only_what_differs_is_written(repository: Repository) -> None:
    same, other = (PRDFactory(repository=repository, task_count=n) for n in (0, 5))

    def places() -> list[str]:
        with connection.cursor() as cursor:
            cursor.execute("SELECT ctid::text FROM prds ORDER BY id")
            return [place for (place,) in cursor.fetchall()]

    before = places()
    recount_tasks([same.pk, other.pk])
    after = places()
    assert (before[0] == after[0], before[1] == after[1]) == (True, False)


@pytest.mark.usefixtures("app_login")
def test_of_two_who_count_at_once_the_later_number_stands(repository: Repository) -> None:
    """The first has counted and not committed; meanwhile a task comes, and the second counts."""
    prd = PRDFactory(repository=repository)
    counted, created = threading.Event(), threading.Event()

    def first() -> None:
        with transaction.atomic():
            recount_tasks([prd.pk])
            counted.set()
            assert created.wait(10)

    def second() -> None:
        assert counted.wait(10)
        TaskFactory(repository=repository, prd=prd)
        created.set()
        recount_tasks([prd.pk])

    at_once([first, second])
    assert PRD.objects.get(pk=prd.pk).task_count == 1


@pytest.mark.usefixtures("app_login")
def test_many_counters_of_the_same_documents_do_not_deadlock(repository: Repository) -> None:
    prds = [PRDFactory(repository=repository) for _ in range(20)]
    for prd in prds:
        TaskFactory(repository=repository, prd=prd)

    def count(order: int) -> Any:
        for _ in range(10):
            recount_tasks([prd.pk for prd in prds[::order]])

    at_once([lambda: count(1), lambda: count(-1)])
    assert {PRD.objects.get(pk=prd.pk).task_count for prd in prds} == {1}
