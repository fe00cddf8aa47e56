"""`manage.py seed`: the same rows each time, all or none, and clear words when it refuses."""

from __future__ import annotations

import hashlib
import io
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.conf import settings as django_settings
from django.core.management import CommandError, call_command
from django.db import connection
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from apps.core.partitioning import partitioned_models, partitions_of
from apps.outbox.models import OutboxEntry
from apps.planning.management.commands.seed import ProgressLine
from apps.planning.seed.generator import generate
from apps.planning.seed.pipeline import WAITING_BLOCKS, in_background
from apps.planning.seed.request import SeedRequest, usual_repositories
from apps.planning.seed.rows import Block
from apps.prds.models import PRD
from apps.repositories.models import Repository
from apps.tasks.models import Task
from apps.work_sessions.models import SessionSpan, SessionTask, WorkSession

UNTIL = datetime(2026, 11, 1, tzinfo=UTC)
MANY = "3000000"  # more than a killed run will ever write


def digest(request: SeedRequest) -> str:
    found = hashlib.sha256()
    for block in generate(request):
        found.update(block.table.encode() + block.data)
    return found.hexdigest()


def test_equal_requests_give_equal_bytes() -> None:
    request = SeedRequest(tasks=6_000, repositories=5, seed=3, until=UNTIL)
    assert digest(request) == digest(request)


@pytest.mark.parametrize("changed", [
    {"tasks": 6_001}, {"repositories": 6}, {"seed": 4}, {"until": UNTIL - timedelta(days=1)},
])  # fmt: skip
def test_each_argument_makes_other_rows(changed: dict[str, Any]) -> None:
    usual = {"tasks": 6_000, "repositories": 5, "seed": 3, "until": UNTIL}
    assert digest(SeedRequest(**usual)) != digest(SeedRequest(**{**usual, **changed}))


@pytest.mark.processes
def test_the_bytes_do_not_depend_on_the_process() -> None:
    """No set's order, no hash of a string: another process makes the same."""
    code = (
        "import django; django.setup()\n"
        "from tests.planning.test_seed_command import *\n"
        "print(digest(SeedRequest(tasks=500, repositories=3, seed=3, until=UNTIL)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=django_settings.BASE_DIR,
        env={
            **os.environ,
            "PYTHONHASHSEED": "17",
            "DJANGO_SETTINGS_MODULE": "taskhub.settings.test",
        },
        capture_output=True,
        text=True,
        check=True,
    )
    request = SeedRequest(tasks=500, repositories=3, seed=3, until=UNTIL)
    assert done.stdout.strip() == digest(request)


def call(*arguments: str) -> str:
    output = io.StringIO()
    call_command("seed", *arguments, stdout=output)
    return output.getvalue()


def catalogue() -> list[tuple[Any, ...]]:
    """What the command must leave as it was: triggers with their states, foreign keys."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT tgrelid::regclass::text, tgname, tgenabled::text FROM pg_trigger"
            " WHERE NOT tgisinternal AND tgparentid = 0"
            " UNION ALL"
            " SELECT conrelid::regclass::text, conname, pg_get_constraintdef(oid)"
            " FROM pg_constraint WHERE contype = 'f' AND conparentid = 0"
            " ORDER BY 1, 2, 3"
        )
        return cursor.fetchall()


@pytest.mark.thorough
@pytest.mark.django_db
def test_a_small_run_says_what_it_wrote_and_leaves_triggers_and_keys_as_they_were() -> None:
    before = catalogue()
    said = call("--tasks", "1_500", "--repositories", "4", "--until", "2026-11-01T00:00:00Z")
    assert said.startswith("Writing 1,500 tasks in 4 repositories seed-1/…")
    assert "       1,500  tasks\n" in said
    assert f"{OutboxEntry.objects.count():>12,}  outbox\n" in said
    assert Task.all_objects.count() == 1_500
    assert f"{WorkSession.objects.count():>12,}  work_sessions\n" in said
    worked_on = SessionTask.objects.values("session").distinct().count()
    assert worked_on == SessionSpan.objects.count() == WorkSession.objects.count() > 100
    assert WorkSession.objects.first().events.get().pgh_label == "insert"
    for session in WorkSession.objects.prefetch_related("spans", "task_links"):
        assert session.end_time - session.start_time < timedelta(hours=5)
        assert [span.until for span in session.spans.all()] == [session.end_time]
        for link in session.task_links.all():
            assert session.start_time <= link.started_at <= session.end_time
            over = link.completed_at or link.stopped_at
            assert link.started_at <= over <= session.end_time
    assert SessionTask.objects.filter(completed_at__isnull=False).count() > 10
    assert catalogue() == before
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_trigger WHERE NOT tgisinternal AND tgenabled <> 'O'"
        )
        assert cursor.fetchone() == (0,)


@pytest.mark.thorough
@pytest.mark.django_db
def test_the_triggers_work_again() -> None:
    call("--tasks", "50")
    task = Task.objects.filter(status="pending").earliest("id")
    version, events = task.version, task.events.count()
    Task.objects.filter(pk=task.pk).update(priority="high" if task.priority == "low" else "low")
    task.refresh_from_db()
    assert (task.version, task.events.count()) == (version + 1, events + 1)


@pytest.mark.thorough
@pytest.mark.django_db
def test_prds_wait_for_their_counts_unless_told_otherwise() -> None:
    call("--tasks", "1000", "--seed", "1")
    waiting = set(OutboxEntry.objects.filter(kind="prd").values_list("entity_id", flat=True))
    of_tasks = set(Task.all_objects.exclude(prd=None).values_list("prd_id", flat=True))
    assert waiting == of_tasks != set()
    assert not PRD.all_objects.exclude(task_count=0).exists()
    call("--tasks", "1000", "--seed", "2", "--no-outbox")
    assert OutboxEntry.objects.count() == len(of_tasks)
    counted = PRD.all_objects.filter(repository__name__startswith="seed-2/", task_count__gt=0)
    assert counted.exists()


@pytest.mark.thorough
@pytest.mark.django_db
def test_the_same_seed_is_refused_and_another_adds() -> None:
    call("--tasks", "20")
    with pytest.raises(CommandError, match=r"Seed 1 is here already .* another --seed adds more"):
        call("--tasks", "30")
    call("--tasks", "30", "--seed", "12")
    assert Task.all_objects.count() == 50
    assert Repository.objects.filter(name__startswith="seed-12/").count() == usual_repositories(30)


@pytest.mark.parametrize(("arguments", "words"), [
    ([], "the following arguments are required: --tasks"),
    (["--tasks", "0"], "--tasks must be from 1 to 20,000,000, not 0."),
    (["--tasks", "-3"], "--tasks must be from 1 to 20,000,000, not -3."),
    (["--tasks", "10000000000"], "not 10,000,000,000."),
    (["--tasks", "many"], "argument --tasks: 'many' is no whole number."),
    (["--tasks", "1e6"], "argument --tasks: '1e6' is no whole number."),
    (["--tasks", "5", "--repositories", "6"], "--repositories must be from 1 to 5 for 5 tasks"),
    (["--tasks", "5", "--repositories", "0"], "--repositories must be from 1 to 5"),
    (["--tasks", "5", "--seed", "-1"], "--seed must be from 0 to 2,147,483,647, not -1."),
    (["--tasks", "5", "--until", "soon"], "'soon' is no date and time with an offset"),
    (["--tasks", "5", "--until", "2026-01-01"], "is no date and time with an offset"),
    (["--tasks", "5", "--until", "2026-13-01T00:00:00Z"], "is no date and time with an offset"),
    (["--tasks", "5", "--until", "0001-01-01T00:00:00Z"], "or later"),
    (["--tasks", "5", "--until", "2999-01-01T00:00:00Z"], "--until lies in the future"),
    (["--tasks", "5", "--until", "1999-01-01T00:00:00Z"], "--until must be 2017-01-01 or later."),
])  # fmt: skip
@pytest.mark.django_db
def test_bad_arguments_get_clear_words(arguments: list[str], words: str) -> None:
    with pytest.raises(CommandError) as caught:
        call(*arguments)
    assert words in str(caught.value)
    assert not Repository.objects.exists()


def test_the_generator_stays_a_few_blocks_ahead_and_ends_with_its_consumer() -> None:
    made: list[int] = []

    def blocks() -> Iterator[Block]:
        for number in range(1000):
            made.append(number)
            yield Block("tasks", 1, b"")

    consumer = in_background(blocks())
    next(consumer)
    consumer.close()
    assert len(made) <= WAITING_BLOCKS + 3


def test_an_error_of_the_generator_reaches_the_consumer() -> None:
    def blocks() -> Iterator[Block]:
        yield Block("tasks", 1, b"")
        raise ArithmeticError("no more")

    with pytest.raises(ArithmeticError, match="no more"):
        list(in_background(blocks()))


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True

    def write(self, text: str, ending: str = "\n") -> int:
        return super().write(text + ending)


def test_the_progress_line_is_for_terminals(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = iter([100.0, 110.0])
    monkeypatch.setattr(time, "monotonic", lambda: next(clock))
    stream = Terminal()
    ProgressLine(stream, 1000)(250)
    assert "250 of 1,000 tasks, 25/s, 0:30 left" in stream.getvalue()
    monkeypatch.undo()
    quiet = io.StringIO()
    ProgressLine(quiet, 1000)(250)
    assert quiet.getvalue() == ""


@pytest.fixture
def start(transactional_db: None) -> Iterator[Callable[..., subprocess.Popen[str]]]:
    """Starts `manage.py seed` on the test database, as a process of its own."""
    environment = {
        name: value for name, value in os.environ.items() if name != "TASKHUB_DATABASE_ROLE"
    }
    environment["DJANGO_SETTINGS_MODULE"] = "taskhub.settings.development"
    for name in ("DATABASE_URL", "DATABASE_OWNER_URL"):
        parameters = conninfo_to_dict(django_settings.ENVIRONMENT.secret(name))
        parameters["dbname"] = connection.settings_dict["NAME"]
        environment[name] = make_conninfo(**parameters)
    before = all_partitions()
    processes = []

    def run(*arguments: str, **extra: str) -> subprocess.Popen[str]:
        process = subprocess.Popen(
            [sys.executable, "manage.py", "seed", *arguments],
            cwd=django_settings.BASE_DIR,
            env={**environment, **extra},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        processes.append(process)
        return process

    yield run
    for process in processes:
        process.kill()
        process.communicate()
    wait_until(lambda: sessions("TRUE") == 0)
    # The suite empties tables by itself, but does not take partitions away, and full ones stay.
    call_command("flush", interactive=False, inhibit_post_migrate=True, verbosity=0)
    with connection.schema_editor() as editor:
        for model, name in sorted(all_partitions() - before, key=str):
            editor.delete_partition(model, name.removeprefix(f"{model._meta.db_table}_"))


def all_partitions() -> set[tuple[Any, str]]:
    """Every partition there is, with its model."""
    return {
        (model, partition.name)
        for model in partitioned_models()
        for partition in partitions_of(model._meta.db_table)
    }


def sessions(condition: str) -> int:
    """How many other sessions of this database fulfil `condition`."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
            f" AND pid <> pg_backend_pid() AND backend_type = 'client backend' AND {condition}"
        )
        return int(cursor.fetchone()[0])


def wait_until(condition: Callable[[], bool]) -> None:
    for _ in range(1200):
        if condition():
            return
        time.sleep(0.05)
    raise AssertionError("it did not happen within 60 s")


@pytest.mark.processes
@pytest.mark.parametrize("sent", [signal.SIGKILL, signal.SIGINT])
def test_a_run_that_is_broken_off_leaves_nothing(start: Any, sent: signal.Signals) -> None:
    before, partitions = catalogue(), all_partitions()
    process = start("--tasks", MANY)
    wait_until(lambda: sessions("query LIKE 'COPY tasks %%'") == 1 or process.poll() is not None)
    process.send_signal(sent)
    _, errors = process.communicate(timeout=60)
    assert process.returncode not in {0, 1}, errors
    wait_until(lambda: sessions("TRUE") == 0)
    assert catalogue() == before
    assert all_partitions() == partitions
    assert not Repository.objects.exists()
    assert not Task.all_objects.exists()


@pytest.mark.processes
def test_the_applications_login_is_refused(start: Any) -> None:
    process = start("--tasks", "10", TASKHUB_DATABASE_ROLE="application")
    _, errors = process.communicate(timeout=60)
    assert process.returncode == 1
    assert errors.startswith(
        "CommandError: seed switches triggers off, so it needs the owner's login"
    )
    assert errors.count("\n") == 1
    assert not Repository.objects.exists()


@pytest.mark.processes
def test_by_itself_it_connects_as_the_owner(start: Any) -> None:
    process = start("--tasks", "10")
    _, errors = process.communicate(timeout=120)
    assert (process.returncode, errors) == (0, "")
    assert Task.all_objects.count() == 10
