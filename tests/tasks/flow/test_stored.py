"""The stored critical path: kept up with the tasks, read by a key, safe under several writers."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from io import StringIO
from itertools import pairwise
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import IntegrityError, connection, transaction
from django.utils import timezone
from procrastinate.contrib.django import app

from apps.core.ids import uuid7
from apps.repositories.models import Repository
from apps.tasks import jobs
from apps.tasks.critical_paths import (
    LATE_COMMIT,
    OLD,
    critical_task_ids,
    refresh_critical_path,
    repositories_to_refresh,
)
from apps.tasks.models import MOST_KEPT, CriticalPath, Task, TaskDependency
from tests.contracts import nothing_written
from tests.contracts.races import at_once, meanwhile
from tests.factories import RepositoryFactory, TaskDependencyFactory, TaskFactory

from .test_reading import chain, keys


def settle() -> None:
    """Every path is computed; all that has happened is too long ago to be seen late."""
    for repository in repositories_to_refresh():
        refresh_critical_path(repository)
    time.sleep(0.01)  # ids of events are dated to the millisecond
    CriticalPath.objects.update(computed_at=timezone.now() + LATE_COMMIT)
    time.sleep(0.01)


def waiting() -> list[str]:
    return [repository.name for repository in repositories_to_refresh()]


@pytest.mark.django_db
def test_the_path_is_kept_and_read(repository: Repository, as_app: None) -> None:
    tasks = chain(repository, 5, 6, 7)
    assert critical_task_ids(repository.pk) == (None, frozenset())
    kept = refresh_critical_path(repository)
    assert (kept.minutes, kept.task_count, kept.task_ids) == (18, 3, list(keys(tasks)))
    assert critical_task_ids(repository.pk) == (kept.computed_at, frozenset(keys(tasks)))
    Task.objects.filter(pk=tasks[0].pk).update(status="completed")
    again = refresh_critical_path(repository)
    assert again.pk == kept.pk
    assert again.computed_at > kept.computed_at
    assert critical_task_ids(repository.pk) == (again.computed_at, frozenset(keys(tasks[1:])))


@pytest.mark.django_db
def test_it_is_read_by_one_statement(
    repository: Repository, django_assert_num_queries: Any
) -> None:
    refresh_critical_path(repository)
    with django_assert_num_queries(1):
        assert critical_task_ids(repository.pk)[1] == frozenset()


@pytest.mark.django_db
def test_of_a_long_path_the_beginning_is_kept(repository: Repository) -> None:
    tasks = [
        Task(id=uuid7(), repository=repository, content=f"step {n}", estimated_minutes=1)
        for n in range(MOST_KEPT + 5)
    ]
    Task.objects.bulk_create(tasks)
    # Later ones first: the guard against circles walks what is there already.
    TaskDependency.objects.bulk_create(
        TaskDependency(task=after, depends_on=before)
        for before, after in reversed(list(pairwise(tasks)))
    )
    kept = refresh_critical_path(repository)
    assert kept.task_ids == [task.pk for task in tasks[:MOST_KEPT]]
    assert (kept.task_count, kept.minutes) == (MOST_KEPT + 5, MOST_KEPT + 5)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("values", "constraint"),
    [
        ({"task_ids": [uuid7()] * (MOST_KEPT + 1), "task_count": 5000}, "task_ids_bounded"),
        ({"task_ids": [uuid7()], "task_count": 0}, "task_ids_bounded"),
        ({"minutes": -1}, "counts_valid"),
        ({"task_count": -1}, "counts_valid"),
    ],
)
def test_the_database_refuses_what_cannot_be(
    repository: Repository, values: dict[str, Any], constraint: str
) -> None:
    row = {"computed_at": timezone.now(), "minutes": 0, "task_count": 0, "task_ids": [], **values}
    with pytest.raises(IntegrityError, match=f"critical_paths_{constraint}"), transaction.atomic():
        CriticalPath.objects.create(repository=repository, **row)


def add_dependency(task: Task) -> None:
    spare = Task.objects.get(repository=task.repository, content="spare")
    TaskDependencyFactory(task=spare, depends_on=task)


def in_sql(query: str) -> Any:
    def write(task: Task) -> None:
        with connection.cursor() as cursor:
            cursor.execute(query, [task.pk])

    return write


CHANGES = {
    "a new task": lambda task: TaskFactory(repository=task.repository),
    "an estimate": lambda task: Task.objects.filter(pk=task.pk).update(estimated_minutes=77),
    "a dependency": add_dependency,
    "a task in SQL": in_sql("UPDATE tasks SET status = 'in_progress' WHERE id = %s"),
    "a dependency taken away in SQL": in_sql(
        "DELETE FROM task_dependencies WHERE depends_on_id = %s"
    ),
    "a purge": in_sql("DELETE FROM tasks WHERE id = %s"),
    "the repository's rules": lambda task: Repository.objects.filter(pk=task.repository_id).update(
        settings={"cancelled_blockers": "block"}
    ),
}


@pytest.mark.django_db
@pytest.mark.parametrize("change", CHANGES)
def test_whoever_changes_something_its_repository_is_found(
    repository: Repository, change: str
) -> None:
    tasks = chain(repository, 5, 6)
    TaskFactory(repository=repository, content="spare")
    TaskFactory(repository=RepositoryFactory())
    settle()
    assert waiting() == []
    CHANGES[change](tasks[0])
    assert waiting() == [repository.name]
    settle()
    assert waiting() == []


@pytest.mark.django_db
def test_what_was_committed_late_is_seen(repository: Repository) -> None:
    TaskFactory(repository=repository)
    settle()
    # Computed a minute less than the bound after the last event: it may not have been seen then.
    earlier = timezone.now() + LATE_COMMIT - timedelta(minutes=1)
    CriticalPath.objects.update(computed_at=earlier)
    assert waiting() == [repository.name]


@pytest.mark.django_db
def test_an_old_path_is_computed_anew_but_not_of_an_archived_repository(
    repository: Repository,
) -> None:
    settle()
    later = timezone.now() + LATE_COMMIT + OLD + timedelta(minutes=1)
    assert [found.pk for found in repositories_to_refresh(later)] == [repository.pk]
    Repository.objects.update(archived_at=timezone.now())
    assert repositories_to_refresh(later) == []


@pytest.mark.django_db
def test_the_job_refreshes_what_changed(repository: Repository, as_app: None) -> None:
    tasks = chain(repository, 5, 6)
    jobs.refresh_critical_paths(0)
    assert critical_task_ids(repository.pk)[1] == set(keys(tasks))
    settle()
    with nothing_written():
        before = CriticalPath.objects.get().version
        jobs.refresh_critical_paths(0)
        assert CriticalPath.objects.get().version == before


@pytest.mark.django_db
def test_one_failure_keeps_no_other_from_it(
    repository: Repository, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = RepositoryFactory()
    task = TaskFactory(repository=other)

    def fail_for_the_first(found: Repository) -> CriticalPath:
        if found == repository:
            raise RuntimeError("no memory")
        return refresh_critical_path(found)

    monkeypatch.setattr(jobs, "refresh_critical_path", fail_for_the_first)
    with pytest.raises(RuntimeError, match="no memory"):
        jobs.refresh_critical_paths(0)
    assert critical_task_ids(other.pk)[1] == {task.pk}
    assert critical_task_ids(repository.pk)[0] is None


def test_the_job_runs_every_five_minutes_in_the_worker() -> None:
    task = app.tasks["apps.tasks.jobs.refresh_critical_paths"]
    assert (task.queue, task.queueing_lock) == ("default", "refresh_critical_paths")
    (periodic,) = (
        each
        for (name, _), each in app.periodic_registry.periodic_tasks.items()
        if name == task.name
    )
    assert periodic.cron == "*/5 * * * *"


def test_several_at_once_leave_one_row(repository: Repository, app_login: None) -> None:
    tasks = chain(repository, 5, 6)
    at_once([lambda: refresh_critical_path(repository)] * 4)
    kept = CriticalPath.objects.get()
    assert kept.task_ids == list(keys(tasks))


@pytest.mark.parametrize("is_first", [True, False])
def test_an_older_look_does_not_replace_a_newer_one(
    repository: Repository, app_login: None, is_first: bool
) -> None:
    """The first has read the tasks; before it keeps the path, another finds more of it."""
    tasks = chain(repository, 5, 6)
    if not is_first:
        refresh_critical_path(repository)

    def more() -> None:
        longer = TaskFactory(repository=repository, estimated_minutes=9)
        TaskDependencyFactory(task=longer, depends_on=tasks[-1])
        tasks.append(longer)
        refresh_critical_path(repository)

    with meanwhile(more, before='FROM "critical_paths"'):
        refresh_critical_path(repository)
    assert len(tasks) == 3
    assert CriticalPath.objects.get().task_ids == list(keys(tasks))


def run(*arguments: str) -> str:
    out = StringIO()
    call_command("refresh_critical_paths", *arguments, stdout=out)
    return out.getvalue()


@pytest.mark.django_db
def test_the_command(repository: Repository, as_app: None) -> None:
    chain(repository, 1500, 6)
    assert run() == "acme/rocket: 2 tasks, 1,506 minutes.\n"
    settle()
    assert run() == "Nothing has changed.\n"
    stamp = datetime(2026, 1, 1, tzinfo=UTC)
    CriticalPath.objects.update(computed_at=stamp)
    assert run("--repository", "acme/rocket") == "acme/rocket: 2 tasks, 1,506 minutes.\n"
    assert CriticalPath.objects.get().computed_at > stamp


@pytest.mark.django_db
@pytest.mark.parametrize("name", ["acme/none", "", "a\0b", "\udcff"])
def test_the_command_knows_no_such_repository(repository: Repository, name: str) -> None:
    with pytest.raises(CommandError, match="There is no repository"), transaction.atomic():
        run("--repository", name)
