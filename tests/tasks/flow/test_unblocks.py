"""What closing a task makes ready: foretold by one query, and compared with closing it."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest
from django.db import transaction
from hypothesis import HealthCheck, event, given, settings
from hypothesis import strategies as st

from apps.repositories.models import Repository
from apps.tasks.choices import TaskStatus
from apps.tasks.lifecycle import OPEN
from apps.tasks.models import Task
from tests.examples import examples
from tests.factories import TaskDependencyFactory, TaskFactory
from tests.tasks.test_states_property import EDGES, KINDS, MOST, SKETCHES, Sketch, plant

pytestmark = pytest.mark.django_db
CLOSING = [TaskStatus.COMPLETED, TaskStatus.CANCELLED]


def ready(repository: Repository) -> set[UUID]:
    return set(Task.objects.filter(repository=repository).ready().values_list("pk", flat=True))


def foretold(task: Task, status: TaskStatus) -> set[UUID]:
    # Read anew: the repository's rule belongs to the answer.
    task = Task.objects.select_related("repository").get(pk=task.pk)
    keys = list(Task.objects.ready_once(task, status).values_list("pk", flat=True))
    assert len(keys) == len(set(keys))
    return set(keys)


class UndoError(Exception):
    """Ends a savepoint."""


def what_happens(task: Task, status: TaskStatus) -> set[UUID]:
    """The ready tasks that closing it adds: it is closed, and that is undone."""
    repository = task.repository
    before = ready(repository)
    after: set[UUID] = set()
    try:
        with transaction.atomic():
            Task.objects.filter(pk=task.pk).update(status=status)
            after = ready(repository)
            raise UndoError
    except UndoError:
        pass
    assert ready(repository) == before
    return after - before


@settings(
    max_examples=examples(60),
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(data=st.data())
def test_it_is_what_happens(repository: Repository, data: st.DataObject) -> None:
    sketches = [
        Sketch(s.status, s.deleted, s.claimed, None if (s.parent or 0) >= number else s.parent)
        for number, s in enumerate(data.draw(st.lists(SKETCHES, min_size=MOST, max_size=MOST)))
    ]
    links = {edge: data.draw(KINDS) for edge in data.draw(EDGES)}
    rule = data.draw(st.sampled_from([None, "release", "block"]))
    tasks = plant(repository, sketches, links, rule)
    for task, sketch in zip(tasks, sketches, strict=True):
        if sketch.deleted or sketch.status not in OPEN:
            continue
        for status in CLOSING:
            expected = what_happens(task, status)
            event(f"{status} makes ready: {len(expected)}")
            assert foretold(task, status) == expected


@pytest.mark.parametrize("rule", ["release", "block"])
@pytest.mark.parametrize("status", CLOSING)
def test_a_parent_that_also_depends_on_its_last_child(
    repository: Repository, rule: str, status: TaskStatus
) -> None:
    Repository.objects.filter(pk=repository.pk).update(settings={"cancelled_blockers": rule})
    parent = TaskFactory(repository=repository)
    child = TaskFactory(repository=repository, parent_task=parent, status="in_progress")
    TaskDependencyFactory(task=parent, depends_on=child)
    waits_on = rule == "block" and status == TaskStatus.CANCELLED
    assert foretold(child, status) == what_happens(child, status)
    assert foretold(child, status) == (set() if waits_on else {parent.pk})


@pytest.mark.parametrize("status", CLOSING)
def test_only_the_last_child_and_the_last_blocker_release(
    repository: Repository, status: TaskStatus
) -> None:
    parent, waiting = TaskFactory.create_batch(2, repository=repository)
    first, last = TaskFactory.create_batch(2, repository=repository, parent_task=parent)
    for blocker in (first, last):
        TaskDependencyFactory(task=waiting, depends_on=blocker)
    assert foretold(first, status) == foretold(last, status) == set()
    Task.objects.filter(pk=first.pk).update(status="completed")
    assert foretold(last, status) == {parent.pk, waiting.pk}


def test_a_circle_opens_where_its_parent_is_closed(repository: Repository) -> None:
    parent = TaskFactory(repository=repository)
    child = TaskFactory(repository=repository, parent_task=parent)
    TaskDependencyFactory(task=child, depends_on=parent)
    for task in (parent, child):
        for status in CLOSING:
            assert foretold(task, status) == what_happens(task, status)
    assert foretold(parent, TaskStatus.COMPLETED) == {child.pk}


def test_one_statement_however_many_wait(
    repository: Repository, django_assert_num_queries: Any
) -> None:
    blocker = TaskFactory(repository=repository)
    for _ in range(12):
        TaskDependencyFactory(task=TaskFactory(repository=repository), depends_on=blocker)
    with django_assert_num_queries(1):
        assert Task.objects.ready_once(blocker, TaskStatus.COMPLETED).count() == 12
