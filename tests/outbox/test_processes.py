"""Workers as processes: killed at each step, told to stop, left without their database."""

from __future__ import annotations

import contextlib
import signal
import subprocess
from pathlib import Path

import pytest
from django.conf import settings
from django.db import connection

from apps.outbox.models import OutboxEntry
from apps.prds.models import PRD, PRDEvent
from apps.repositories.models import Repository
from tests.devstack.support import eventually
from tests.factories import PRDFactory, TaskFactory
from tests.processes import await_line, process

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.processes]


def worker(step: str) -> contextlib.AbstractContextManager[subprocess.Popen[str]]:
    return process(str(Path(__file__).with_name("worker_process.py")), step)


@pytest.fixture
def prds(repository: Repository) -> list[PRD]:
    """Three documents with one, two and three tasks that nobody has counted."""
    prds = [PRDFactory(repository=repository) for _ in range(3)]
    for number, prd in enumerate(prds, start=1):
        for _ in range(number):
            TaskFactory(repository=repository, prd=prd)
    return prds


def counts(prds: list[PRD]) -> list[int]:
    return [PRD.objects.get(pk=prd.pk).task_count for prd in prds]


def left() -> int:
    return OutboxEntry.objects.count()


@pytest.mark.parametrize("step", ["claimed", "written", "committed"])
def test_a_killed_worker_loses_nothing_and_repeats_nothing(prds: list[PRD], step: str) -> None:
    history = PRDEvent.objects.count()
    with worker(step) as killed:
        await_line(killed, step)
        assert left() == 3
        assert set(OutboxEntry.objects.values_list("attempts", flat=True)) == {1}
        assert counts(prds) == ([1, 2, 3] if step == "committed" else [0, 0, 0])
        killed.send_signal(signal.SIGKILL)
        killed.wait()
    with worker("none"):
        assert eventually(lambda: left() == 0), left()
    assert counts(prds) == [1, 2, 3]
    assert PRDEvent.objects.count() == history
    assert set(PRD.objects.values_list("version", flat=True)) == {1}


@pytest.mark.parametrize("stop", [signal.SIGTERM, signal.SIGINT])
def test_the_command_handles_and_stops_when_told(prds: list[PRD], stop: signal.Signals) -> None:
    with process("manage.py", "run_outbox") as command:
        assert eventually(lambda: left() == 0), left()
        command.send_signal(stop)
        await_line(command, "outbox_worker_stopped")
        assert command.wait(30) == 0
    assert counts(prds) == [1, 2, 3]


def test_a_worker_survives_a_database_that_throws_it_out(prds: list[PRD]) -> None:
    with process("manage.py", "run_outbox") as command:
        assert eventually(lambda: left() == 0), left()
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity"
                " WHERE datname = current_database() AND usename = %s",
                [settings.TASKHUB_APPLICATION_ROLE],
            )
            assert cursor.fetchone()[0] >= 1
        TaskFactory(repository=prds[0].repository, prd=prds[0])
        assert eventually(lambda: left() == 0), left()
        assert command.poll() is None
    assert counts(prds) == [2, 2, 3]
