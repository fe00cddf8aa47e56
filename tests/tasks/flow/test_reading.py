"""The flow of a repository, read from its rows."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import pytest

from apps.repositories.models import Repository
from apps.tasks.choices import TaskStatus
from apps.tasks.flows import Flow, read_flow
from apps.tasks.models import Task
from tests.factories import (
    PRDFactory,
    RepositoryFactory,
    TaskDependencyFactory,
    TaskFactory,
    deletion,
)

pytestmark = pytest.mark.django_db


def chain(repository: Repository, *minutes: int | None, **values: Any) -> list[Task]:
    """Tasks of which each waits for the one before."""
    made: list[Task] = []
    for estimate in minutes:
        task = TaskFactory(repository=repository, estimated_minutes=estimate, **values)
        if made:
            TaskDependencyFactory(task=task, depends_on=made[-1])
        made.append(task)
    return made


def keys(tasks: Iterable[Task]) -> tuple[Any, ...]:
    return tuple(task.pk for task in tasks)


def weights(flow: Flow) -> dict[Any, tuple[int, bool]]:
    return {key: (task.minutes, task.assumed) for key, task in flow.figures.tasks.items()}


def test_the_path_is_that_of_open_live_work(repository: Repository, as_app: None) -> None:
    first, second, third = chain(repository, 30, 40, 50)
    closed = TaskFactory(repository=repository, status="completed", estimated_minutes=9000)
    gone = TaskFactory(repository=repository, estimated_minutes=9000, **deletion())
    elsewhere = TaskFactory(repository=RepositoryFactory(), estimated_minutes=9000)
    for blocker in (closed, gone):
        TaskDependencyFactory(task=first, depends_on=blocker)
    side = TaskFactory(repository=repository, estimated_minutes=9, status="in_progress")
    TaskDependencyFactory(task=side, depends_on=third, kind="related")

    flow = read_flow(repository)
    assert flow.figures.critical_path == flow.figures.longest_chain == keys([first, second, third])
    assert flow.figures.minutes == 120
    assert flow.figures.waits == 2
    assert flow.figures.slack[side.pk] == 111
    assert elsewhere.pk not in flow.statuses
    assert (flow.count(TaskStatus.PENDING), flow.count(TaskStatus.IN_PROGRESS)) == (3, 1)
    assert flow.outside == 0


def test_a_parent_waits_for_its_open_children_and_weighs_nothing(repository: Repository) -> None:
    parent = TaskFactory(repository=repository, estimated_minutes=480)
    children = [
        TaskFactory(repository=repository, parent_task=parent, estimated_minutes=minutes)
        for minutes in (20, 90)
    ]
    closed = TaskFactory(repository=repository, status="cancelled", parent_task=parent)
    after = TaskFactory(repository=repository, estimated_minutes=10)
    TaskDependencyFactory(task=after, depends_on=parent)
    flow = read_flow(repository)
    assert flow.figures.critical_path == keys([children[1], parent, after])
    assert (flow.figures.minutes, flow.figures.total_minutes) == (100, 120)
    assert closed.pk not in flow.statuses
    Task.objects.filter(pk__in=keys(children)).update(status="completed")
    assert read_flow(repository).figures.minutes == 490  # it is work now


def test_without_an_estimate_the_open_tasks_median_is_assumed(repository: Repository) -> None:
    unknown = TaskFactory(repository=repository, estimated_minutes=None)
    assert weights(read_flow(repository)) == {unknown.pk: (60, True)}
    for minutes in (10, 20, 500, 1000):
        TaskFactory(repository=repository, estimated_minutes=minutes)
    TaskFactory(repository=repository, estimated_minutes=1, status="completed")
    flow = read_flow(repository)
    assert (flow.assumed_minutes, flow.figures.assumed) == (20, 1)
    assert weights(flow)[unknown.pk] == (20, True)


@pytest.mark.parametrize("rule", ["release", "block"])
def test_cancelled_blockers_by_the_repository_s_rule(repository: Repository, rule: str) -> None:
    Repository.objects.filter(pk=repository.pk).update(settings={"cancelled_blockers": rule})
    repository.refresh_from_db()
    cancelled, waiting = chain(repository, 50, 40)
    Task.objects.filter(pk=cancelled.pk).update(status="cancelled")
    flow = read_flow(repository)
    blocked = rule == "block"
    assert flow.figures.longest_chain == (keys([cancelled, waiting]) if blocked else ())
    assert flow.figures.minutes == flow.figures.total_minutes == 40
    assert flow.count(TaskStatus.CANCELLED) == (1 if blocked else 0)


def test_a_task_that_depends_on_its_own_parent_is_a_circle(repository: Repository) -> None:
    parent = TaskFactory(repository=repository)
    child = TaskFactory(repository=repository, parent_task=parent)
    TaskDependencyFactory(task=child, depends_on=parent)
    TaskDependencyFactory(task=TaskFactory(repository=repository), depends_on=parent)
    flow = read_flow(repository)
    (circle,) = flow.figures.circles
    assert circle.way == keys([parent, child, parent])
    steps = flow.circle_steps[circle]
    assert [(step.is_child, step.is_dependency) for step in steps] == [(True, False), (False, True)]
    assert len(flow.figures.stuck) == 1


def test_of_a_prd_only_its_own_tasks_count(repository: Repository) -> None:
    prd = PRDFactory(repository=repository)
    first, second = chain(repository, 10, 20, prd=prd)
    outside, closed = chain(repository, 700, None)
    Task.objects.filter(pk=closed.pk).update(status="completed")
    for blocker in (outside, closed):
        TaskDependencyFactory(task=first, depends_on=blocker)
    TaskDependencyFactory(task=outside, depends_on=TaskFactory(repository=repository))
    flow = read_flow(repository, prd)
    assert flow.figures.critical_path == keys([first, second])
    assert flow.figures.minutes == 30
    assert flow.outside == 1
    # What is assumed is the same in every scope of a repository.
    assert flow.assumed_minutes == read_flow(repository).assumed_minutes == 20


def test_nothing_open(repository: Repository) -> None:
    TaskFactory(repository=repository, status="completed")
    flow = read_flow(repository)
    assert (flow.figures.critical_path, flow.figures.minutes, len(flow.statuses)) == ((), 0, 0)


@pytest.mark.parametrize("scope", ["repository", "prd"])
def test_the_number_of_statements_does_not_grow(
    repository: Repository, scope: str, django_assert_num_queries: Any
) -> None:
    Repository.objects.filter(pk=repository.pk).update(settings={"cancelled_blockers": "block"})
    repository.refresh_from_db()
    prd = PRDFactory(repository=repository)
    for _ in range(2):
        made = chain(repository, 1, 2, 3, 4, prd=prd)
        Task.objects.filter(pk=made[0].pk).update(status="cancelled")
        with django_assert_num_queries(4):
            read_flow(repository, prd if scope == "prd" else None)
