"""Many entries, several workers, and writers who go on: nothing is lost, nobody deadlocks."""

from __future__ import annotations

import random
import threading
from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from django.conf import settings
from django.db import connection, transaction
from django.utils import timezone

from apps.core.ids import uuid7
from apps.outbox.handlers import Handle
from apps.outbox.models import OutboxEntry
from apps.outbox.services import acknowledge, claim_fresh
from apps.outbox.worker import Pace, work_once
from apps.prds.models import PRD
from apps.repositories.models import Repository
from apps.tasks.models import Task
from tests.contracts.races import at_once
from tests.factories import PRDFactory, TaskFactory

from .conftest import PROBE, queue

# Long enough for a batch on a busy machine: who overruns it makes others work twice.
PACE = Pace(batch=500, lease=timedelta(minutes=5))


def in_thread(work: Callable[[], None]) -> Callable[[], None]:
    def run() -> None:
        try:
            work()
        finally:
            connection.close()

    return run


class Writers:
    """Change, move, delete and restore tasks of some documents until they are told to stop."""

    def __init__(self, prds: Sequence[PRD], tasks: Sequence[Task]) -> None:
        self.prds = prds
        self.tasks = tasks
        self.stop = threading.Event()
        self.statements = 0

    def write(self, seed: int) -> None:
        chance = random.Random(seed)
        while not self.stop.is_set():
            some = [task.pk for task in chance.sample(self.tasks, 20)]
            tasks = Task.all_objects.filter(pk__in=some)
            # Locked in order, as services do: the tasks are no business of this test.
            ordered = "SELECT 1 FROM tasks WHERE id = ANY(%s) ORDER BY id FOR NO KEY UPDATE"
            kind = chance.choice(["move", "delete", "restore", "add"])
            if kind == "add":
                prd = chance.choice(self.prds)
                new = [Task(repository_id=prd.repository_id, content="x", prd=prd) for _ in "abc"]
                Task.objects.bulk_create(new)
            else:
                changes: dict[str, Any] = {
                    "move": {"prd": chance.choice(self.prds)},
                    "delete": {"deleted_at": timezone.now(), "deletion_batch": uuid7()},
                    "restore": {"deleted_at": None, "deletion_batch": None},
                }[kind]
                with transaction.atomic():
                    with connection.cursor() as cursor:
                        cursor.execute(ordered, [some])
                    tasks.update(**changes)
            self.statements += 1


@pytest.fixture
def seen(handle_probe: Callable[[Handle], None]) -> Counter[UUID]:
    """How often each entity of kind `probe` was handled."""
    counted: Counter[UUID] = Counter()
    guard = threading.Lock()

    def handle(entity_ids: Sequence[UUID]) -> None:
        with guard:
            counted.update(entity_ids)

    handle_probe(handle)
    return counted


@pytest.mark.parametrize("count", [
    20_000, pytest.param(100_000, marks=pytest.mark.thorough),
])  # fmt: skip
def test_many_entries_drain_while_writers_go_on(
    repository: Repository, seen: Counter[UUID], transactional_db: None, request: Any, count: int
) -> None:
    prds = [PRDFactory(repository=repository) for _ in range(8)]
    tasks = [TaskFactory(repository=repository, prd=prds[n % 8]) for n in range(200)]
    entities = queue(count)
    request.getfixturevalue("app_login")
    with connection.cursor() as cursor:
        cursor.execute("SELECT session_user")
        assert cursor.fetchone() == (settings.TASKHUB_APPLICATION_ROLE,)
    writers = Writers(prds, tasks)

    def drain() -> None:
        while OutboxEntry.objects.filter(kind=PROBE).exists():
            work_once(pace=PACE)

    with ThreadPoolExecutor(4) as pool:
        writing = [pool.submit(in_thread(lambda n=n: writers.write(n))) for n in range(2)]
        draining = [pool.submit(in_thread(drain)) for _ in range(2)]
        try:
            for each in draining:
                each.result()
        finally:
            writers.stop.set()
        for each in writing:
            each.result()
    assert writers.statements > 10
    while work_once(pace=PACE):
        pass
    assert not OutboxEntry.objects.exists()
    assert seen == Counter(entities)  # each once: no lease has run out
    counted = {prd.pk: Task.objects.filter(prd=prd).count() for prd in prds}
    assert dict(PRD.objects.values_list("pk", "task_count")) == counted


def test_two_workers_never_hold_the_same_entry(transactional_db: None, request: Any) -> None:
    queue(2000)
    request.getfixturevalue("app_login")

    def claim() -> list[int]:
        held: list[int] = []
        while claims := claim_fresh(PROBE, limit=7, lease=timedelta(minutes=5)):
            held += [each.sequence for each in claims]
        return held

    first, second, third = at_once([claim, claim, claim])
    # One that skips what another has locked may stop early; what is left is still to be had.
    held = [*first, *second, *third, *claim()]
    assert len(held) == len(set(held)) == 2000


def test_no_claim_makes_an_acknowledgement_skip_an_entry(
    transactional_db: None, request: Any
) -> None:
    """Another's claim must not even for a moment lock what this worker holds."""
    queue(20_000)
    request.getfixturevalue("app_login")

    def work() -> int:
        skipped = 0
        while claims := claim_fresh(PROBE, limit=50, lease=timedelta(minutes=5)):
            skipped += len(claims) - acknowledge(claims)
        return skipped

    assert at_once([work, work, work]) == [0, 0, 0]
    assert not OutboxEntry.objects.exists()


def test_a_writer_does_not_wait_for_an_acknowledgement_nor_it_for_a_writer(
    repository: Repository, transactional_db: None, request: Any
) -> None:
    """The worker acknowledges while a writer holds the entry: it stays, with the newer change."""
    prd = PRDFactory(repository=repository)
    TaskFactory(repository=repository, prd=prd)
    request.getfixturevalue("app_login")
    claims = claim_fresh("prd", limit=10, lease=timedelta(minutes=5))
    marked, acknowledged = threading.Event(), threading.Event()

    def write() -> None:
        with transaction.atomic():
            TaskFactory(repository=repository, prd=prd)
            marked.set()
            assert acknowledged.wait(30)

    def work() -> int:
        assert marked.wait(30)
        done = acknowledge(claims)
        acknowledged.set()
        return done

    assert at_once([write, work])[1] == 0
    newer = claim_fresh("prd", limit=10, lease=timedelta(minutes=5))
    assert [each.entity_id for each in newer] == [prd.pk]
    assert newer[0].sequence > claims[0].sequence
