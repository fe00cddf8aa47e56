"""Worker and scheduler as processes: they outlive their database, and end when told to."""

from __future__ import annotations

import contextlib
import signal
import threading
from collections.abc import Iterator
from typing import Any

import psycopg
import pytest
from django.db import connection
from procrastinate.builtin_tasks import remove_old_jobs
from procrastinate.contrib.django import app
from procrastinate.exceptions import ConnectorException
from procrastinate.periodic import PeriodicTask

from apps.core.partitioning import partitions_of
from apps.dbops.jobs import MAINTENANCE_QUEUE, keep_partitions_ahead
from apps.dbops.workers import SCHEDULER_QUEUES, run_jobs
from apps.tasks.models import Task
from tests.devstack.support import eventually
from tests.processes import await_line, process

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.processes]

COMMANDS = [("run_scheduler", "owner"), ("run_worker", "application")]
REFUSED = "too many connections for database"


def execute(statement: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement)


@contextlib.contextmanager
def database_away() -> Iterator[None]:
    """Throws out every other session and lets none in, as PostgreSQL does while it recovers."""
    name = connection.ops.quote_name(connection.settings_dict["NAME"])
    execute(f"ALTER DATABASE {name} CONNECTION LIMIT 0")
    try:
        execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
        yield
    finally:
        execute(f"ALTER DATABASE {name} CONNECTION LIMIT -1")


def job_is_done(role: str) -> bool:
    """Queue a job for the process and wait for what it does, with a connection of its own."""
    if role == "application":
        app.configure_task(remove_old_jobs.name, queue="default").defer(max_hours=1)
        return eventually(lambda: jobs_left("default") == 0, 60)
    partition = partitions_of("tasks")[-1].name
    with connection.schema_editor() as editor:
        editor.delete_partition(Task, partition.removeprefix("tasks_"))
    keep_partitions_ahead.defer(timestamp=0)
    return eventually(
        lambda: jobs_left(MAINTENANCE_QUEUE) == 0 and partitions_of("tasks")[-1].name == partition,
        60,
    )


def jobs_left(queue: str) -> int:
    """Of one queue: at certain minutes every process queues periodic jobs, also for the other."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM procrastinate_jobs WHERE queue_name = %s", [queue])
        return int(cursor.fetchone()[0])


@pytest.mark.parametrize(("command", "role"), COMMANDS)
def test_it_goes_on_after_its_database_was_away(command: str, role: str) -> None:
    with process("manage.py", command, role=role) as child:
        assert job_is_done(role)
        for _ in range(2):
            with database_away():
                # Which of the two depends on what it was doing. At the first one procrastinate
                # ends its worker as if it had been told to.
                await_line(child, "Side task listener failed", "worker_database_failed")
            assert job_is_done(role)
        assert child.poll() is None
        child.send_signal(signal.SIGTERM)
        assert child.wait(60) == 0


@pytest.mark.parametrize("stop", [signal.SIGTERM, signal.SIGINT])
@pytest.mark.parametrize(("command", "role"), COMMANDS)
def test_it_ends_when_told_to_while_it_waits(command: str, role: str, stop: signal.Signals) -> None:
    with database_away(), process("manage.py", command, role=role) as child:
        await_line(child, REFUSED)
        child.send_signal(stop)
        assert child.wait(60) == 0


def test_it_ends_with_an_error_when_waiting_mends_nothing() -> None:
    execute("ALTER FUNCTION procrastinate_fetch_job_v2 RENAME TO aside")
    try:
        with process("manage.py", "run_worker") as child:
            assert child.wait(60) == 1
            await_line(child, "procrastinate_fetch_job_v2")
    finally:
        execute("ALTER FUNCTION aside RENAME TO procrastinate_fetch_job_v2")


@contextlib.contextmanager
def stop_in_the_end() -> Iterator[threading.Event]:
    """So that a loop that does not end by itself fails the test instead of hanging it."""
    stop = threading.Event()
    timer = threading.Timer(30, stop.set)
    timer.start()
    try:
        yield stop
    finally:
        timer.cancel()


def test_an_error_of_a_side_task_is_raised(monkeypatch: pytest.MonkeyPatch) -> None:
    """Procrastinate only logs it. A periodic job whose arguments are no JSON is a mistake."""
    arguments: Any = {"task_kwargs": {"no": object()}}
    mistake: Any = PeriodicTask(
        task=keep_partitions_ahead, cron="* * * * *", periodic_id="no", configure_kwargs=arguments
    )
    monkeypatch.setitem(app.periodic_registry.periodic_tasks, (mistake.task.name, "no"), mistake)
    with stop_in_the_end() as stop, pytest.raises(TypeError, match="not JSON serializable"):
        run_jobs(SCHEDULER_QUEUES, name="test", stop=stop)


def test_an_error_of_the_database_that_waiting_does_not_mend_is_raised() -> None:
    execute("ALTER TABLE procrastinate_workers RENAME TO aside")
    try:
        with stop_in_the_end() as stop, pytest.raises(ConnectorException) as raised:
            run_jobs(SCHEDULER_QUEUES, name="test", stop=stop)
    finally:
        execute("ALTER TABLE aside RENAME TO procrastinate_workers")
    assert isinstance(raised.value.__cause__, psycopg.errors.UndefinedTable)
