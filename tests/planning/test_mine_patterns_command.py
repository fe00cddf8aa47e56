"""`manage.py mine_patterns` and the daily job."""

from __future__ import annotations

import json
from datetime import timedelta
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone
from procrastinate.contrib.django import app

from apps.planning import jobs
from apps.planning.jobs import mine_all_patterns
from apps.planning.mining import Parameters, mine
from apps.planning.mining.result import canonical
from apps.planning.services.mining_runs import mine_patterns
from apps.repositories.models import Repository
from apps.task_patterns.models import MiningRun, TaskPattern
from apps.tasks.models import Task
from tests.contracts import nothing_written
from tests.factories import RepositoryFactory
from tests.processes import process

from .finished import HABIT, START, finish

pytestmark = pytest.mark.usefixtures("as_app")


def run(*arguments: str) -> str:
    out = StringIO()
    call_command("mine_patterns", *arguments, stdout=out)
    return out.getvalue()


@pytest.fixture
def finished(repository: Repository) -> list[Task]:
    return finish(repository, HABIT)


def test_says_what_it_found_and_kept(repository: Repository, finished: list[Task]) -> None:
    said = run("--repository", repository.name)
    assert f"{len(finished)} finished tasks in acme/rocket: {len(HABIT)} streams" in said
    assert "  design > implement > test > review: 12 streams, lift " in said
    count = TaskPattern.objects.count()
    assert f"Patterns: {count} new, 0 changed, 0 unchanged, 0 retired." in said
    assert f"{count} unchanged" in run("--repository", repository.name)


def test_over_all_repositories_and_since_a_day(finished: list[Task]) -> None:
    run("--since", "2026-03-05")
    assert MiningRun.objects.get().repository is None
    assert MiningRun.objects.get().since == START.replace(hour=0) + timedelta(days=3)
    assert MiningRun.objects.get().stream_count == len(HABIT) - 3
    run("--since", "2026-03-05T09:30:00+01:00")
    assert MiningRun.objects.latest("pk").since == START.replace(minute=30) + timedelta(
        days=2, hours=23
    )


def test_a_dry_run_prints_the_canonical_result(
    repository: Repository, finished: list[Task]
) -> None:
    with nothing_written():
        text = run("--repository", repository.name, "--dry-run")
        printed = run("--repository", repository.name, "--dry-run", "--format", "json")
    assert "Dry run: nothing was written." in text
    result = json.loads(printed)
    assert printed.encode() == canonical(result)
    assert result["input_hash"][:12] in text
    assert [step["steps"] for step in result["patterns"]]
    assert printed == run("--repository", repository.name, "--format", "json")


def test_nothing_finished_is_said(repository: Repository) -> None:
    assert "There are no finished tasks in acme/rocket: nothing to mine." in run(
        "--repository", repository.name
    )
    assert "in all repositories since 2026-01-01: nothing to mine." in run("--since", "2026-01-01")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--repository", "no/such"], 'There is no repository "no/such".'),
        (["--repository", ""], 'There is no repository "".'),
        (["--repository", "a\x00b"], "There is no repository"),
        (["--repository", "a\udce4b"], "There is no repository"),
        (["--since", "yesterday"], '"yesterday" is no date such as'),
        (["--since", "2026-02-30"], "is no date"),
        (["--since", "2026-02-03T10:00:00"], "is no date"),
        (["--since", ""], "is no date"),
        (["--since", "0001-01-01"], "outside of the years"),
        (["--since", "2999-01-01"], "since lies in the future"),
        (["--format", "xml"], "invalid choice"),
        (["--most", "3"], "unrecognized arguments"),
    ],
)
def test_what_is_wrong_is_named_and_nothing_written(
    finished: list[Task], arguments: list[str], message: str
) -> None:
    with nothing_written(), pytest.raises(CommandError, match=message.replace(".", r"\.")):
        run(*arguments)


def test_the_daily_job_mines_all_together_and_each_by_itself(
    repository: Repository, settings: Any
) -> None:
    finish(repository, HABIT, start=timezone.now() - timedelta(days=50))
    idle = RepositoryFactory(name="acme/idle")
    archived = RepositoryFactory(name="acme/old", archived_at=timezone.now())
    finish(archived, HABIT[:3], start=timezone.now() - timedelta(days=50))
    mine_all_patterns(0)
    runs = MiningRun.objects.order_by("pk")
    assert [run.repository for run in runs] == [None, repository]
    assert [run.task_count for run in runs] == [4 * len(HABIT) + 12, 4 * len(HABIT)]
    # Work older than the window is not looked at, but its patterns are.
    settings.TASKHUB_MINING_DAYS = 1
    mine_all_patterns(0)
    assert MiningRun.objects.latest("pk").task_count == 0
    assert not TaskPattern.objects.filter(retired_at__isnull=True).exists()
    settings.TASKHUB_MINING_DAYS = 0
    with nothing_written():
        mine_all_patterns(0)
    assert not MiningRun.objects.filter(repository=idle).exists()


def test_one_repository_that_fails_does_not_keep_others_from_being_mined(
    repository: Repository, monkeypatch: pytest.MonkeyPatch
) -> None:
    bad = RepositoryFactory()
    for each in (bad, repository):
        finish(each, HABIT[:3], start=timezone.now() - timedelta(days=9))

    def fail_for_one(**arguments: Any) -> Any:
        if arguments["repository"] == bad:
            raise ValueError("broken")
        return mine_patterns(**arguments)

    monkeypatch.setattr(jobs, "mine_patterns", fail_for_one)
    with pytest.raises(ValueError, match="broken"):
        mine_all_patterns(0)
    assert {run.repository for run in MiningRun.objects.all()} == {None, repository}


def test_the_job_is_the_workers_not_the_schedulers() -> None:
    task = app.tasks["apps.planning.jobs.mine_all_patterns"]
    assert (task.queue, task.queueing_lock) == ("default", "mine_all_patterns")


@pytest.mark.processes
def test_what_is_piped_is_the_bytes_that_were_hashed(db: None) -> None:
    with process("manage.py", "mine_patterns", "--dry-run", "--format", "json") as child:
        out, _ = child.communicate(timeout=120)
    assert child.returncode == 0, out
    assert out.encode() == mine([], Parameters()).canonical()
