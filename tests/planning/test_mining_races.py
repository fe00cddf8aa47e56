"""Runs that meet each other, and runs that meet a purge."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection, transaction

from apps.core.errors import DomainError, ErrorCode
from apps.planning.models import PatternEvidence, PatternOccurrence
from apps.planning.services import mining_runs
from apps.planning.services.mining_runs import mine_patterns
from apps.repositories.models import Repository
from apps.task_patterns.models import MiningRun, PatternRepository, TaskPattern
from tests.contracts import nothing_written
from tests.contracts.races import at_once, meanwhile, while_uncommitted

from .finished import HABIT, START, finish

pytestmark = pytest.mark.usefixtures("app_login")


def test_two_runs_at_once_keep_what_one_keeps(repository: Repository) -> None:
    finish(repository, HABIT)
    runs = at_once([lambda: mine_patterns(repository=repository)] * 2)
    assert sorted(bool(mined.kept.added) for mined in runs) == [False, True]
    assert MiningRun.objects.count() == 2
    single = mine_patterns(repository=repository)
    assert single.kept is not None
    assert (single.kept.added, single.kept.changed, single.kept.retired) == (0, 0, 0)
    found = single.result.patterns
    assert TaskPattern.objects.count() == len(found)
    assert PatternRepository.objects.count() == len(found)
    assert PatternOccurrence.objects.count() == sum(len(each.occurrences) for each in found)
    assert PatternEvidence.objects.count() == sum(
        len(once.task_ids) for each in found for once in each.occurrences
    )


def test_an_older_look_does_not_replace_a_newer_one(repository: Repository) -> None:
    """The first has read its tasks; before it keeps them, another mines more of them."""
    finish(repository, HABIT)

    def more() -> None:
        finish(repository, HABIT[:2], name="more", start=START + timedelta(days=40))
        mine_patterns(repository=repository)

    with meanwhile(more, before="pg_advisory_xact_lock"):
        mined = mine_patterns(repository=repository)
    assert mined.result.counts["streams"] == len(HABIT) + 2
    assert mined.kept is not None
    assert (mined.kept.added, mined.kept.changed) == (0, 0)
    last = TaskPattern.objects.get(signature="wt-1:design>implement>test>review")
    assert last.support == 14


def test_a_run_waits_for_one_that_keeps(repository: Repository) -> None:
    finish(repository, HABIT)
    mined = while_uncommitted(
        lambda: mine_patterns(repository=repository),
        lambda: mine_patterns(repository=repository),
    )
    assert mined.kept.added == 0
    assert MiningRun.objects.count() == 2


def test_another_scope_does_not_wait(repository: Repository) -> None:
    finish(repository, HABIT)

    def others() -> Any:
        return at_once([mine_patterns])

    with transaction.atomic():
        mine_patterns(repository=repository)
        [mined] = others()
    assert mined.kept.added > 0


def test_runs_that_always_meet_others_give_up(
    repository: Repository, monkeypatch: pytest.MonkeyPatch
) -> None:
    finish(repository, HABIT)
    values = {
        "algorithm": "seq-1", "work_types": "wt-1", "parameters": {}, "input_hash": "0" * 64,
        "result_hash": "0" * 64, "task_count": 0, "stream_count": 0, "pattern_count": 0,
        "seconds": 0.0,
    }  # fmt: skip
    lock = mining_runs._lock

    def lock_behind_another(scope: Any) -> None:
        lock(scope)
        MiningRun.objects.create(repository=repository, **values)

    monkeypatch.setattr(mining_runs, "_lock", lock_behind_another)
    with pytest.raises(DomainError) as caught:
        mine_patterns(repository=repository)
    assert caught.value.code is ErrorCode.CONFLICT
    assert not TaskPattern.objects.exists()


def test_a_run_that_breaks_leaves_nothing(
    repository: Repository, monkeypatch: pytest.MonkeyPatch
) -> None:
    finish(repository, HABIT)
    statement = 'INSERT INTO "pattern_evidence"'

    def cut() -> None:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1 / 0")

    with nothing_written(), pytest.raises(Exception, match="division by zero"):
        with meanwhile(cut, before=statement):
            mine_patterns(repository=repository)
