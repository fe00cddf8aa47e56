"""A run of the miner on the database: what it reads, keeps, leaves alone and retires."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone

from apps.accounts.models import User
from apps.core import bulk
from apps.core.errors import DomainError
from apps.planning.finished_work import read_finished_work
from apps.planning.models import PatternEvidence, PatternOccurrence
from apps.planning.services import mining_runs
from apps.planning.services.mining_runs import Mined, mine_patterns
from apps.repositories.models import Repository
from apps.task_patterns.models import MiningRun, PatternRepository, TaskPattern, TaskPatternEvent
from apps.tasks.models import Task
from apps.tasks.services import create_task, update_task
from tests.contracts import nothing_written
from tests.contracts.answers import row_counts
from tests.factories import RepositoryFactory, TaskPatternFactory, deletion

from .finished import FLOW, HABIT, START, finish

pytestmark = pytest.mark.usefixtures("as_app")
SIGNATURE = "wt-1:design>implement>test>review"


@pytest.fixture
def finished(repository: Repository) -> list[Task]:
    return finish(repository, HABIT)


def pattern(**scope: Any) -> TaskPattern:
    found: TaskPattern = TaskPattern.objects.get(signature=SIGNATURE, **scope)
    return found


def kept(mined: Mined) -> tuple[int, int, int, int]:
    assert mined.kept is not None
    return mined.kept.added, mined.kept.changed, mined.kept.retired, mined.kept.unchanged


def test_a_run_keeps_what_it_found(repository: Repository, finished: list[Task]) -> None:
    mined = mine_patterns(repository=repository)
    run = MiningRun.objects.get()
    assert (run.repository, run.algorithm, run.work_types) == (repository, "seq-1", "wt-1")
    assert (run.task_count, run.stream_count) == (len(finished), len(HABIT))
    assert (run.input_hash, run.result_hash) == (mined.result.input_hash, mined.result.result_hash)
    assert run.parameters["shuffles"] == 200
    assert run.as_of == max(task.completed_at for task in finished)
    found = pattern(repository=repository)
    assert found.run == run
    assert (found.support, found.occurrence_count, found.stream_count) == (12, 12, len(HABIT))
    assert found.success_rate == 1
    assert found.p50_minutes == found.p80_minutes == found.avg_completion_time == 75
    assert found.task_sequence == [
        {"work_type": step} for step in ("design", "implement", "test", "review")
    ]
    assert found.description == "design → implement → test → review"
    assert run.pattern_count == TaskPattern.objects.count()
    link = PatternRepository.objects.get(pattern=found)
    assert (link.repository, link.support, link.occurrence_count) == (repository, 12, 12)
    assert link.last_seen_at == found.last_seen_at


def test_its_evidence_are_the_tasks_of_each_occurrence(
    repository: Repository, finished: list[Task]
) -> None:
    mine_patterns(repository=repository)
    occurrences = PatternOccurrence.objects.filter(pattern=pattern()).order_by("first_at")
    assert occurrences.count() == 12
    first = occurrences[0]
    assert (first.stream, first.minutes, first.succeeded) == ("session session-0", 75, True)
    evidence = first.evidence.order_by("position").values_list("position", "task_id")
    assert list(evidence) == [(place, task.pk) for place, task in enumerate(finished[:4], 1)]


def test_evidence_comes_in_batches(
    repository: Repository, finished: list[Task], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bulk, "BATCH", 7)
    mined = mine_patterns(repository=repository)
    wanted = [once.task_ids for each in mined.result.patterns for once in each.occurrences]
    assert PatternOccurrence.objects.count() == len(wanted) > 14
    assert PatternEvidence.objects.count() == sum(len(ids) for ids in wanted)


def test_the_same_work_twice_writes_nothing_but_the_run(
    repository: Repository, finished: list[Task]
) -> None:
    mine_patterns(repository=repository)
    before = row_counts()
    again = mine_patterns(repository=repository)
    after = row_counts()
    assert {table for table in after if after[table] != before[table]} == {
        "mining_runs",
        "mining_runs_events",
    }
    assert kept(again) == (0, 0, 0, TaskPattern.objects.count())
    first, second = MiningRun.objects.order_by("pk")
    assert (first.input_hash, first.result_hash) == (second.input_hash, second.result_hash)
    assert pattern().run == first


def test_more_work_changes_the_figures_and_keeps_the_ids(
    repository: Repository, finished: list[Task]
) -> None:
    mine_patterns(repository=repository)
    before = pattern()
    known = set(PatternOccurrence.objects.filter(pattern=before).values_list("pk", flat=True))
    finish(repository, HABIT[:1], name="later", start=START + timedelta(days=40))
    mine_patterns(repository=repository)
    after = pattern()
    assert (after.pk, after.version, after.support) == (before.pk, 2, 13)
    assert after.run == MiningRun.objects.latest("pk")
    now = set(PatternOccurrence.objects.filter(pattern=after).values_list("pk", flat=True))
    assert len(now) == 13
    assert known < now


def test_what_is_found_no_more_is_retired_and_comes_back(
    repository: Repository, finished: list[Task]
) -> None:
    mine_patterns(repository=repository)
    count = TaskPattern.objects.count()
    later = START + timedelta(days=200)
    assert kept(mine_patterns(repository=repository, since=later)) == (0, 0, count, 0)
    assert pattern().retired_at is not None
    # It stays for its members to read, with the evidence it had.
    assert PatternRepository.objects.filter(pattern=pattern()).exists()
    assert PatternOccurrence.objects.filter(pattern=pattern()).exists()
    assert kept(mine_patterns(repository=repository, since=later)) == (0, 0, 0, 0)
    assert kept(mine_patterns(repository=repository)) == (0, count, 0, 0)
    assert pattern().retired_at is None
    labels = TaskPatternEvent.objects.filter(pgh_obj_id=pattern().pk).order_by("pgh_id")
    assert [event.retired_at is None for event in labels] == [True, False, True]


def test_scopes_do_not_touch_each_other(repository: Repository, finished: list[Task]) -> None:
    other = RepositoryFactory(name="acme/boat")
    finish(other, HABIT)
    typed_in = TaskPatternFactory(signature="by hand")
    mine_patterns(repository=repository)
    mine_patterns()
    mine_patterns(repository=other, since=START + timedelta(days=200))
    of_all = pattern(repository=None)
    assert pattern(repository=repository).support == 12
    assert of_all.support == 24
    shares = of_all.repository_links.order_by("repository__name").values_list(
        "repository__name", "support"
    )
    assert list(shares) == [("acme/boat", 12), ("acme/rocket", 12)]
    assert not TaskPattern.objects.filter(repository=other).exists()
    assert TaskPattern.objects.get(pk=typed_in.pk).retired_at is None


def test_a_repository_that_leaves_a_pattern_leaves_its_list(
    repository: Repository, finished: list[Task]
) -> None:
    other = RepositoryFactory()
    theirs = finish(other, HABIT)
    mine_patterns()
    Task.objects.filter(pk__in=[task.pk for task in theirs]).update(**deletion())
    mine_patterns()
    assert [link.repository for link in pattern().repository_links.all()] == [repository]
    occurrences = PatternOccurrence.objects.filter(pattern=pattern())
    assert set(occurrences.values_list("repository_id", flat=True)) == {repository.pk}


def test_a_dry_run_writes_nothing(repository: Repository, finished: list[Task]) -> None:
    with nothing_written():
        mined = mine_patterns(repository=repository, dry_run=True)
    assert mined.run is mined.kept is None
    assert {each.steps for each in mined.result.patterns} >= {(*FLOW, "review")}


def test_what_is_read(owner: User, repository: Repository) -> None:
    """Open and deleted tasks are not; cancelled and repeated ones are, and known as such."""

    def make(content: str) -> Task:
        return create_task(actor=owner, repository=repository, values={"content": content})

    def move(task: Task, *statuses: str) -> None:
        for status in statuses:
            update_task(actor=owner, task=task, changes={"status": status})

    make("Fix nothing")
    done, dropped, again, gone = (make(name) for name in ("Test", "Review", "Deploy", "Design"))
    move(done, "in_progress", "completed")
    move(dropped, "cancelled")
    move(again, "completed", "in_progress", "completed")
    update_task(actor=owner, task=again, changes={"priority": "high"})
    move(gone, "completed")
    Task.objects.filter(pk=gone.pk).update(**deletion())
    read = read_finished_work(repository=repository, since=None, most=100)
    facts = {task.work_type: (task.completed, task.again, task.id) for task in read}
    assert facts == {
        "test": (True, False, str(done.pk)),
        "review": (False, False, str(dropped.pk)),
        "deploy": (True, True, str(again.pk)),
    }
    assert next(task for task in read if task.work_type == "test").started_at is not None
    newest = read_finished_work(repository=repository, since=None, most=1)
    assert [task.work_type for task in newest] == ["deploy"]
    assert read_finished_work(repository=RepositoryFactory(), since=None, most=9) == []


def test_reading_takes_two_statements_however_much_there_is(
    repository: Repository, finished: list[Task], django_assert_num_queries: Any
) -> None:
    with django_assert_num_queries(2):
        read_finished_work(repository=repository, since=START, most=1000)


def test_keeping_takes_a_few_statements_however_much_there_is(
    repository: Repository, finished: list[Task], django_assert_max_num_queries: Any
) -> None:
    with django_assert_max_num_queries(20):
        mine_patterns()
    assert TaskPattern.objects.count() > 2
    assert PatternEvidence.objects.count() > 60


def test_there_is_no_work_in_the_future(repository: Repository) -> None:
    with nothing_written(), pytest.raises(DomainError, match="in the future"):
        mine_patterns(repository=repository, since=timezone.now() + timedelta(days=1))


def test_what_was_purged_meanwhile_is_no_evidence(
    repository: Repository, finished: list[Task], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Between reading and keeping, somebody purges a task of the first occurrence."""
    mined_before = mining_runs.mine

    def purge_then_mine(*args: Any) -> Any:
        with connection.cursor() as cursor:
            cursor.execute("RESET ROLE")
            Task.objects.filter(pk=finished[1].pk).update(**deletion())
            Task.all_objects.filter(pk=finished[1].pk).delete()
        return mined_before(*args)

    monkeypatch.setattr(mining_runs, "mine", purge_then_mine)
    mine_patterns(repository=repository)
    first = PatternOccurrence.objects.filter(pattern=pattern()).earliest("first_at")
    assert list(first.evidence.order_by("position").values_list("position", flat=True)) == [1, 3, 4]


def test_evidence_goes_with_its_task(repository: Repository, finished: list[Task]) -> None:
    mine_patterns(repository=repository)
    with connection.cursor() as cursor:
        cursor.execute("RESET ROLE")
        cursor.execute("DELETE FROM tasks WHERE id = %s", [finished[0].pk])
    assert not PatternEvidence.objects.filter(task=finished[0].pk).exists()
    assert PatternOccurrence.objects.filter(pattern=pattern()).count() == 12
    mine_patterns(repository=repository)
    assert PatternOccurrence.objects.filter(pattern=pattern()).count() == 11
