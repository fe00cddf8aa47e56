"""Many connections at once, each with the application's login: no circle is ever committed."""

from __future__ import annotations

import random
import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from itertools import permutations
from threading import Barrier
from typing import Any
from uuid import UUID

import psycopg
import pytest
from django.conf import settings
from django.db import NotSupportedError, connection, transaction
from psycopg import errors as pg

from apps.tasks.models import Task, TaskDependency
from tests.factories import RepositoryFactory, TaskDependencyFactory, TaskFactory

NODES = 8
RETRIES = 20
REFUSALS = {"task_dependencies_no_cycle", "tasks_parent_no_circle"}

pytestmark = pytest.mark.usefixtures("app_login")


def connect() -> psycopg.Connection[Any]:
    """A connection of its own, as the application, to the test's database."""
    login = settings.ENVIRONMENT.postgres("DATABASE_URL")
    parameters = {**login, "dbname": connection.settings_dict["NAME"]}
    return psycopg.connect(**parameters, autocommit=True)


def all_at_once(
    connections: int, work: Callable[[int, psycopg.Connection[Any]], Counter[str]]
) -> Counter[str]:
    """What `work` answers on so many connections that start together, added up."""
    barrier = Barrier(connections)

    def run(number: int) -> Counter[str]:
        with connect() as session:
            barrier.wait(60)
            return work(number, session)

    with ThreadPoolExecutor(connections) as pool:
        return sum(pool.map(run, range(connections)), Counter())


def attempt(session: psycopg.Connection[Any], statements: list[tuple[str, list[Any]]]) -> str:
    """One transaction, repeated after a deadlock: what became of it."""
    for _ in range(RETRIES):
        try:
            with session.transaction():
                for statement, parameters in statements:
                    session.execute(statement, parameters)
            return "written"
        except pg.DeadlockDetected:
            continue
        except pg.UniqueViolation:
            return "there already"
        except pg.CheckViolation as error:
            return "refused" if error.diag.constraint_name in REFUSALS else str(error)
    return "deadlocked"


def edge(start: UUID, end: UUID) -> tuple[str, list[Any]]:
    """One raw insert."""
    return (
        "INSERT INTO task_dependencies (task_id, depends_on_id) VALUES (%s, %s)",
        [start, end],
    )


def is_acyclic(edges: list[tuple[UUID, UUID]]) -> bool:
    """Take away what leads nowhere until nothing is left."""
    left = set(edges)
    while left:
        starts = {start for start, _ in left}
        kept = {(start, end) for start, end in left if end in starts}
        if kept == left:
            return False
        left = kept
    return True


def test_fifty_connections_close_no_circle() -> None:
    """Every edge of a complete graph is wanted, in both directions, by somebody; two at a time."""
    repository = RepositoryFactory()
    keys = [TaskFactory(repository=repository).pk for _ in range(NODES)]
    wanted = list(permutations(keys, 2))

    def work(number: int, session: psycopg.Connection[Any]) -> Counter[str]:
        order = random.Random(number).sample(wanted, 12)
        pairs = zip(order[::2], order[1::2], strict=True)
        return Counter(attempt(session, [edge(*ends) for ends in pair]) for pair in pairs)

    outcomes = all_at_once(50, work)
    stored = list(TaskDependency.objects.values_list("task_id", "depends_on_id"))
    assert is_acyclic(stored)
    assert len(stored) == 2 * outcomes["written"] > 0
    assert outcomes["refused"] > 0
    assert outcomes.total() == 50 * 6
    assert set(outcomes) <= {"written", "refused", "there already"}


def test_a_deadlock_over_two_repositories_is_gone_when_repeated() -> None:
    """Each has the lock of the graph that the other one wants next."""
    here, there = (
        [TaskFactory(repository=repository).pk for _ in range(NODES)]
        for repository in (RepositoryFactory(), RepositoryFactory())
    )
    both_have_one = Barrier(2)

    def work(number: int, session: psycopg.Connection[Any]) -> Counter[str]:
        first, second = (here, there) if number else (there, here)
        statements = [edge(*first[2 * number :][:2]), edge(*second[2 * number :][:2])]
        try:
            with session.transaction():
                session.execute(*statements[0])
                both_have_one.wait(60)
                session.execute(*statements[1])
        except pg.DeadlockDetected:
            return Counter(["deadlock", attempt(session, statements)])
        return Counter(["written"])

    assert all_at_once(2, work) == Counter({"written": 2, "deadlock": 1})
    assert TaskDependency.objects.count() == 4


def test_no_task_comes_below_itself() -> None:
    repository = RepositoryFactory()
    keys = [TaskFactory(repository=repository).pk for _ in range(NODES)]
    statement = "UPDATE tasks SET parent_task_id = %s WHERE id = %s"

    def work(number: int, session: psycopg.Connection[Any]) -> Counter[str]:
        dice = random.Random(number)
        wishes = [dice.sample(keys, 2) for _ in range(10)]
        return Counter(attempt(session, [(statement, wish)]) for wish in wishes)

    outcomes = all_at_once(10, work)
    parents = Task.objects.filter(parent_task__isnull=False)
    assert is_acyclic(list(parents.values_list("pk", "parent_task_id")))
    assert set(outcomes) == {"written", "refused"}


def test_of_two_that_stand_below_each_other_one_is_refused() -> None:
    """Both rows are locked before either asks for the graph: only its lock can see the circle."""
    repository = RepositoryFactory()
    one, two = (TaskFactory(repository=repository).pk for _ in range(2))
    both_have_a_row = Barrier(2)
    statement = "UPDATE tasks SET parent_task_id = %s WHERE id = %s"

    def work(number: int, session: psycopg.Connection[Any]) -> Counter[str]:
        child, parent = ((one, two), (two, one))[number]
        try:
            with session.transaction():
                session.execute("SELECT FROM tasks WHERE id = %s FOR NO KEY UPDATE", [child])
                both_have_a_row.wait(60)
                session.execute(statement, [parent, child])
                time.sleep(0.5)  # the other asks before this one commits
        except pg.CheckViolation:
            return Counter(["refused"])
        return Counter(["written"])

    assert all_at_once(2, work) == Counter({"written": 1, "refused": 1})


@pytest.mark.parametrize("level", ["REPEATABLE READ", "SERIALIZABLE"])
def test_an_old_snapshot_writes_no_edges(level: str) -> None:
    """It could not see the half of a circle that was committed since."""
    repository = RepositoryFactory()
    a, b = (TaskFactory(repository=repository) for _ in range(2))
    for write in (
        lambda: TaskDependencyFactory(task=a, depends_on=b),
        lambda: Task.objects.filter(pk=a.pk).update(parent_task=b),
    ):
        with pytest.raises(NotSupportedError), transaction.atomic():
            with connection.cursor() as cursor:
                cursor.execute(f"SET TRANSACTION ISOLATION LEVEL {level}")
            write()
