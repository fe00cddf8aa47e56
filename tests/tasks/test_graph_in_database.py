"""The database itself keeps the graph sound: raw SQL, bulk and COPY meet the same refusals."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Any
from uuid import UUID

import pytest
from django.db import IntegrityError, connection, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from apps.core.ids import uuid7
from apps.repositories.models import Repository
from apps.tasks.choices import DependencyKind
from apps.tasks.graph import refused_circle
from apps.tasks.models import Task, TaskDependency, TaskExternalKey
from tests.factories import PRDFactory, RepositoryFactory, TaskFactory, deletion

NO_CYCLE = "task_dependencies_no_cycle"
pytestmark = pytest.mark.usefixtures("as_app")


@pytest.fixture
def tasks(repository: Repository) -> list[Task]:
    """Six tasks of one repository."""
    return [TaskFactory(repository=repository) for _ in range(6)]


def insert(edges: Sequence[tuple[Any, Any]], kind: str = "blocks") -> None:
    """All edges in one raw statement."""
    values = ", ".join("(%s, %s, %s)" for _ in edges)
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO task_dependencies (task_id, depends_on_id, kind) VALUES {values}",
            [value for task, other in edges for value in (task.pk, other.pk, kind)],
        )


def copy(edges: Sequence[tuple[Any, Any]]) -> None:
    """All edges by COPY."""
    statement = "COPY task_dependencies (task_id, depends_on_id) FROM STDIN"
    # Django leaves errors at the end of a COPY as psycopg's.
    with (
        connection.wrap_database_errors,
        connection.cursor() as cursor,
        cursor.copy(statement) as stream,
    ):
        for task, other in edges:
            stream.write_row((task.pk, other.pk))


def bulk_create(edges: Sequence[tuple[Any, Any]]) -> None:
    """All edges by the ORM."""
    TaskDependency.objects.bulk_create(
        TaskDependency(task=task, depends_on=other) for task, other in edges
    )


def refused(write: Any, *arguments: Any) -> IntegrityError:
    """The refusal of a write."""
    with pytest.raises(IntegrityError) as caught, transaction.atomic():
        write(*arguments)
    return caught.value


def constraint(error: IntegrityError) -> str:
    """What was broken."""
    return error.__cause__.diag.constraint_name  # type: ignore[union-attr,no-any-return]


@pytest.mark.parametrize("write", [insert, copy, bulk_create])
@pytest.mark.parametrize("length", [2, 3, 6])
def test_a_circle_in_one_statement_is_spelled_out(
    tasks: list[Task], write: Any, length: int
) -> None:
    ring = tasks[:length]
    edges = list(zip(ring, [*ring[1:], ring[0]], strict=True))
    error = refused(write, edges)
    circle = [UUID(step) for step in refused_circle(error, NO_CYCLE)]
    assert circle[0] == circle[-1]
    assert set(circle) == {task.pk for task in ring}
    wished = {(task.pk, other.pk) for task, other in edges}
    assert set(pairwise(circle)) == wished
    assert " → ".join(map(str, circle)) in str(error)
    assert TaskDependency.objects.count() == 0


def test_two_circles_in_one_statement_show_a_true_one(tasks: list[Task]) -> None:
    """The way from one circle leads through the other, which is no way at all."""
    a, b, c, d, *_ = tasks
    edges = [(a, b), (b, c), (c, b), (c, d), (d, a), (b, d)]
    circle = [UUID(step) for step in refused_circle(refused(insert, edges), NO_CYCLE)]
    assert circle[0] == circle[-1]
    assert len(circle) > 1
    assert set(pairwise(circle)) <= {(task.pk, other.pk) for task, other in edges}


def test_other_kinds_may_form_circles_until_they_become_dependencies(tasks: list[Task]) -> None:
    a, b, *_ = tasks
    insert([(a, b)])
    insert([(b, a)], kind="related")
    links = TaskDependency.objects.filter(task=b)
    error = refused(lambda: links.update(kind=DependencyKind.BLOCKS))
    assert refused_circle(error, NO_CYCLE) == [str(b.pk), str(a.pk), str(b.pk)]
    assert links.get().kind == "related"


def test_deleted_tasks_keep_their_place(tasks: list[Task]) -> None:
    """Else a circle could be closed while one of them is away, and be there when it comes back."""
    a, b, c, *_ = tasks
    insert([(a, b), (b, c)])
    Task.objects.filter(pk=b.pk).update(**deletion())
    assert constraint(refused(insert, [(c, a)])) == NO_CYCLE


def test_both_ends_are_in_one_repository(tasks: list[Task]) -> None:
    foreign = TaskFactory(repository=RepositoryFactory())
    unknown = Task(pk=uuid7())
    for edge in [(tasks[0], foreign), (foreign, tasks[0]), (tasks[0], unknown)]:
        for kind in DependencyKind.values:
            assert constraint(refused(insert, [edge], kind)) == "task_dependencies_one_repository"


def test_a_shadow_of_the_table_hides_no_circle(tasks: list[Task]) -> None:
    """A temporary table of the same name stands first in the application's search path."""
    a, b, *_ = tasks
    insert([(a, b)])
    with connection.cursor() as cursor:
        cursor.execute("CREATE TEMPORARY TABLE task_dependencies (task_id uuid)")
        cursor.execute("CREATE TEMPORARY TABLE tasks (id uuid)")
        with pytest.raises(IntegrityError) as caught, transaction.atomic():
            cursor.execute(
                "INSERT INTO public.task_dependencies (task_id, depends_on_id) VALUES (%s, %s)",
                [b.pk, a.pk],
            )
        cursor.execute("DROP TABLE pg_temp.task_dependencies, pg_temp.tasks")
    assert constraint(caught.value) == NO_CYCLE


@settings(
    max_examples=30,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(
    batches=st.lists(
        st.lists(
            st.tuples(st.integers(0, 5), st.integers(0, 5)).filter(lambda edge: edge[0] != edge[1]),
            min_size=1,
            max_size=6,
            unique=True,
        ),
        max_size=6,
    )
)
def test_it_agrees_with_a_plain_search(
    tasks: list[Task], batches: list[list[tuple[int, int]]]
) -> None:
    """Whole statements at a time: what has a circle is refused, and nothing else is."""
    TaskDependency.objects.all().delete()
    edges: set[tuple[int, int]] = set()
    for batch in batches:
        new = [edge for edge in batch if edge not in edges]
        if not new:
            continue
        rows = [(tasks[start], tasks[end]) for start, end in new]
        if has_circle(edges | set(new)):
            assert constraint(refused(insert, rows)) == NO_CYCLE
        else:
            insert(rows)
            edges |= set(new)


def has_circle(edges: set[tuple[int, int]]) -> bool:
    """Take away what depends on nothing, until nothing is left or nothing goes."""
    left = set(edges)
    while left:
        free = {end for _, end in left} - {start for start, _ in left}
        if not free:
            return True
        left = {edge for edge in left if edge[1] not in free}
    return False


def test_parents_stand_in_the_same_repository_and_never_below(tasks: list[Task]) -> None:
    a, b, c, *_ = tasks
    foreign = TaskFactory(repository=RepositoryFactory())

    def put(task: Task, parent: Any) -> None:
        with connection.cursor() as cursor:
            cursor.execute(
                "UPDATE tasks SET parent_task_id = %s WHERE id = %s", [parent.pk, task.pk]
            )

    put(b, a)
    put(c, b)
    assert constraint(refused(put, a, foreign)) == "tasks_parent_same_repository"
    assert constraint(refused(put, a, Task(pk=uuid7()))) == "tasks_parent_same_repository"
    error = refused(put, a, c)
    assert refused_circle(error, "tasks_parent_no_circle") == [
        str(task.pk) for task in (a, c, b, a)
    ]
    assert constraint(refused(put, a, a)) == "tasks_parent_not_self"


def test_one_statement_may_bring_a_child_before_its_parent(repository: Repository) -> None:
    parent = Task(repository=repository, content="parent")
    child = Task(repository=repository, content="child", parent_task=parent)
    Task.objects.bulk_create([child, parent])
    assert Task.objects.get(pk=child.pk).parent_task_id == parent.pk


def test_no_live_task_comes_below_a_deleted_one(tasks: list[Task]) -> None:
    a, b, *_ = tasks
    Task.objects.filter(pk=b.pk).update(**deletion())
    error = refused(lambda: Task.objects.filter(pk=a.pk).update(parent_task=b))
    assert constraint(error) == "tasks_parent_live"


def test_prds_and_external_keys_are_of_the_tasks_repository(tasks: list[Task]) -> None:
    prd = PRDFactory()
    error = refused(lambda: Task.objects.filter(pk=tasks[0].pk).update(prd=prd))
    assert constraint(error) == "tasks_prd_same_repository"
    key = TaskExternalKey(repository=RepositoryFactory(), task=tasks[0], key="A-1")
    assert constraint(refused(key.save)) == "task_external_keys_task_same_repository"
