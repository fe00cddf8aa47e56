"""The search for circles, against a plain one in Python over random graphs."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import pairwise
from typing import Any
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from apps.accounts.models import User
from apps.core.errors import DomainError, ErrorCode
from apps.repositories.models import Repository
from apps.tasks.links import Links
from apps.tasks.models import Task, TaskDependency
from apps.tasks.services import update_task
from tests.factories import TaskFactory

SIZE = 6
pytestmark = pytest.mark.usefixtures("as_app")

# One after the other: a task, and what it shall depend on from now on.
WISHES = st.lists(
    st.tuples(st.integers(0, SIZE - 1), st.sets(st.integers(0, SIZE - 1), max_size=3)),
    max_size=10,
)
PARENTS = st.lists(
    st.tuples(st.integers(0, SIZE - 1), st.integers(0, SIZE - 1) | st.none()), max_size=14
)
random_graphs = settings(
    max_examples=25,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


def reaches(edges: Mapping[Any, Any], start: Any, goal: Any) -> bool:
    """Whether `goal` can be reached from `start`."""
    seen, pending = set(), [start]
    while pending:
        step = pending.pop()
        if step == goal:
            return True
        if step not in seen:
            seen.add(step)
            pending += edges.get(step, ())
    return False


@pytest.fixture
def tasks(repository: Repository) -> list[Task]:
    """As many as there are numbers."""
    return [TaskFactory(repository=repository) for _ in range(SIZE)]


@random_graphs
@given(wishes=WISHES)
def test_dependencies(owner: User, tasks: list[Task], wishes: list[tuple[int, set[int]]]) -> None:
    """What closes a circle is refused and the circle is one; everything else is written."""
    TaskDependency.objects.all().delete()
    edges: dict[UUID, set[UUID]] = {}
    for number, wanted in wishes:
        task, others = tasks[number], [tasks[other].pk for other in sorted(wanted)]
        without = {key: ends for key, ends in edges.items() if key != task.pk}
        own = task.pk in others
        circle = any(reaches(without, other, task.pk) for other in others)
        refusal: DomainError | None = None
        try:
            update_task(actor=owner, task=task, changes={}, links=Links(dependencies=others))
        except DomainError as error:
            refusal = error
        assert (refusal is not None) == (own or circle)
        if refusal is None:
            edges[task.pk] = set(others)
        elif not own:
            assert refusal.code is ErrorCode.DEPENDENCY_CYCLE
            path = [UUID(step) for step in refusal.extra["cycle"]]
            assert path[0] == path[-1] == task.pk
            assert len(set(path)) == len(path) - 1
            wished = {**without, task.pk: set(others)}
            assert all(end in wished[start] for start, end in pairwise(path))
        stored = set(TaskDependency.objects.values_list("task_id", "depends_on_id"))
        assert stored == {(start, end) for start, ends in edges.items() for end in ends}


@random_graphs
@given(wishes=PARENTS)
def test_parents(owner: User, tasks: list[Task], wishes: list[tuple[int, int | None]]) -> None:
    """A task never comes to stand below itself."""
    Task.objects.update(parent_task=None)
    parents: dict[int, list[int]] = {}
    for number, wanted in wishes:
        parent = None if wanted is None else tasks[wanted]
        circle = wanted is not None and reaches(parents, wanted, number)
        try:
            update_task(actor=owner, task=tasks[number], changes={"parent_task": parent})
        except DomainError:
            assert circle
        else:
            assert not circle
            parents[number] = [] if wanted is None else [wanted]
