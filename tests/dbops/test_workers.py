"""The loops that run jobs: they run them, stop when told to, and need no process of their own."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

import pytest
from django.core.management import call_command
from django.db import connection

from apps.core.partitioning import partitions_of
from apps.dbops.jobs import MAINTENANCE_QUEUE, keep_partitions_ahead
from apps.dbops.workers import APPLICATION_QUEUES, SCHEDULER_QUEUES, run_jobs
from apps.tasks.models import Task


def jobs_left() -> int:
    """Of the owner: every process also queues periodic jobs for the others, at their minutes."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM procrastinate_jobs WHERE queue_name = %s", [MAINTENANCE_QUEUE]
        )
        return int(cursor.fetchone()[0])


def wait_until(condition: Callable[[], bool]) -> None:
    for _ in range(600):
        if condition():
            return
        time.sleep(0.05)
    raise AssertionError("it did not happen within 30 s")


@pytest.mark.django_db(transaction=True)
def test_the_scheduler_makes_partitions_in_a_thread_and_stops() -> None:
    name = partitions_of("tasks")[-1].name
    with connection.schema_editor() as editor:
        editor.delete_partition(Task, name.removeprefix("tasks_"))
    keep_partitions_ahead.defer(timestamp=0)
    assert jobs_left() == 1
    stop = threading.Event()
    worker = threading.Thread(
        target=run_jobs, args=(SCHEDULER_QUEUES,), kwargs={"name": "test", "stop": stop}
    )
    worker.start()
    try:
        wait_until(lambda: jobs_left() == 0)
    finally:
        stop.set()
        worker.join(timeout=30)
    assert not worker.is_alive()
    assert partitions_of("tasks")[-1].name == name


def test_the_applications_worker_leaves_the_owners_jobs_alone() -> None:
    assert not set(APPLICATION_QUEUES) & set(SCHEDULER_QUEUES)


@pytest.mark.django_db
def test_maintain_partitions_says_what_it_made(capsys: pytest.CaptureFixture[str]) -> None:
    name = partitions_of("tasks")[-1].name
    with connection.schema_editor() as editor:
        editor.delete_partition(Task, name.removeprefix("tasks_"))
    call_command("maintain_partitions")
    assert f"created {name}" in capsys.readouterr().out
    call_command("maintain_partitions")
    assert "0 partitions created" in capsys.readouterr().out
