"""Claims, acknowledgements, failures: what a worker may take, keep and give up."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from django.core.management import call_command
from django.db import connection

from apps.outbox.handlers import Handle, register_handler
from apps.outbox.models import OutboxEntry
from apps.outbox.services import (
    Claim,
    acknowledge,
    bury,
    claim_fresh,
    claim_tried,
    measure,
    postpone,
    replay,
)
from apps.outbox.worker import Pace, work_once

from .conftest import AT_ONCE, PROBE, change, let_time_pass, queue

LEASE = timedelta(seconds=60)
pytestmark = [pytest.mark.django_db]


def fresh(limit: int = 10) -> list[Claim]:
    return claim_fresh(PROBE, limit=limit, lease=LEASE)


def entry() -> OutboxEntry:
    found: OutboxEntry = OutboxEntry.objects.get()
    return found


def seconds_until_due() -> float:
    """By the database's clock."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT extract(epoch FROM available_at - statement_timestamp()) FROM outbox"
        )
        return float(cursor.fetchone()[0])


def drain(pace: Pace = AT_ONCE) -> int:
    """Work until nothing is due; how many entries were taken."""
    taken = 0
    while done := work_once(pace=pace):
        taken += done
    return taken


# -- claims and acknowledgements ----
def test_what_is_claimed_is_not_claimed_again_until_the_lease_ends() -> None:
    queue(3)
    first, second = fresh(limit=2), fresh(limit=2)
    assert (len(first), len(second)) == (2, 1)
    assert first[0].sequence < first[1].sequence < second[0].sequence
    assert fresh() == []
    assert claim_tried(PROBE, lease=LEASE) is None
    let_time_pass(61)
    assert fresh() == []  # they were tried: from now on each alone
    again = claim_tried(PROBE, lease=LEASE)
    assert again is not None
    assert (again.sequence, again.attempts) == (first[0].sequence, 2)


def test_an_acknowledged_entry_is_gone() -> None:
    queue(2)
    assert acknowledge(fresh()) == 2
    assert not OutboxEntry.objects.exists()


def test_a_stale_acknowledgement_leaves_the_newer_change() -> None:
    (entity,) = queue()
    claims = fresh()
    change(entity)
    assert acknowledge(claims) == 0
    assert entry().entity_id == entity
    newer = fresh()
    assert newer[0].sequence > claims[0].sequence
    assert acknowledge(newer) == 1


def test_a_worker_whose_lease_has_ended_cannot_speak_for_the_next_one() -> None:
    queue()
    (late,) = fresh()
    let_time_pass(61)
    holder = claim_tried(PROBE, lease=LEASE)
    assert holder is not None
    assert postpone([late], error="late", delay=timedelta(0)) == 0
    assert not bury(late, error="late")
    assert entry().dead_at is None
    assert seconds_until_due() > 0
    assert postpone([holder], error="mine", delay=timedelta(0)) == 1


def test_entries_of_unknown_kinds_wait_untouched(handled: list[list[UUID]]) -> None:
    queue(3, kind="of-a-later-release")
    queue(2)
    assert drain() == 2
    assert set(OutboxEntry.objects.values_list("kind", "attempts")) == {("of-a-later-release", 0)}
    assert OutboxEntry.objects.pending().count() == 3


def test_a_kind_has_one_handler(handled: list[list[UUID]]) -> None:
    with pytest.raises(ValueError, match="have a handler already"):
        register_handler(PROBE, lambda entity_ids: None)


# -- the loop ----
def test_entries_are_handled_in_batches_and_go(handled: list[list[UUID]]) -> None:
    entities = queue(5)
    assert work_once(pace=Pace(batch=3)) == 3
    assert drain() == 2
    assert handled == [entities[:3], entities[3:]]
    assert not OutboxEntry.objects.exists()


def test_the_worker_needs_no_more_than_the_applications_rights(
    handled: list[list[UUID]], request: Any
) -> None:
    queue(3)
    request.getfixturevalue("as_app")
    assert drain() == 3


def test_a_change_while_it_is_handled_is_handled_again(
    handle_probe: Callable[[Handle], None],
) -> None:
    calls = []

    def handle(entity_ids: Sequence[UUID]) -> None:
        calls.append(list(entity_ids))
        if len(calls) == 1:
            change(entity_ids[0])

    handle_probe(handle)
    first, second = queue(2)
    drain()
    assert calls == [[first, second], [first]]
    assert not OutboxEntry.objects.exists()


def test_a_handlers_writes_are_undone_when_it_fails(handle_probe: Callable[[Handle], None]) -> None:
    def handle(entity_ids: Sequence[UUID]) -> None:
        queue(kind="written")
        raise RuntimeError("no")

    handle_probe(handle)
    queue()
    work_once()
    assert entry().kind == PROBE


# -- failures ----
def poisoned(poison: UUID, done: list[UUID]) -> Handle:
    def handle(entity_ids: Sequence[UUID]) -> None:
        if poison in entity_ids:
            raise RuntimeError("bad \x00 apple \ud800" + "!" * 3000)
        done.extend(entity_ids)

    return handle


def test_a_bad_entity_holds_up_nobody_and_becomes_a_dead_letter(
    handle_probe: Callable[[Handle], None],
) -> None:
    entities = queue(7)
    done: list[UUID] = []
    handle_probe(poisoned(entities[3], done))
    drain(Pace(first_delay=timedelta(0), most_attempts=4))
    assert sorted(done) == sorted(set(entities) - {entities[3]})
    dead = entry()
    assert (dead.entity_id, dead.attempts) == (entities[3], 4)
    assert dead.dead_at is not None
    assert dead.last_error.startswith("RuntimeError: bad  apple ?!!!")
    assert len(dead.last_error) == 2000


def test_entities_that_kill_their_worker_cost_the_others_one_attempt(
    handled: list[list[UUID]],
) -> None:
    """No handler ran to its end: only the claim has counted."""
    entities = queue(5)
    assert len(fresh()) == 5  # the worker that is killed now
    let_time_pass(61)
    killer = claim_tried(PROBE, lease=LEASE)  # and the next one, at the first entity
    assert killer is not None
    pace = Pace(most_attempts=2)
    drain(pace)
    assert sorted(entity for batch in handled for entity in batch) == sorted(entities[1:])
    let_time_pass(61)
    drain(pace)
    dead = entry()
    assert dead.entity_id == killer.entity_id
    assert dead.dead_at is not None
    assert "2 times" in dead.last_error


def test_each_failure_waits_longer_than_the_one_before(
    handle_probe: Callable[[Handle], None],
) -> None:
    (entity,) = queue()
    handle_probe(poisoned(entity, []))
    pace = Pace(first_delay=timedelta(seconds=100), longest_delay=timedelta(seconds=1000))
    waits = []
    for _ in range(6):
        assert work_once(pace=pace) == 1
        assert work_once(pace=pace) == 0
        waits.append(seconds_until_due())
        let_time_pass(waits[-1] + 1)
    full = [100, 200, 400, 800, 1000, 1000]
    assert all(bound / 2 - 10 < wait <= bound for wait, bound in zip(waits, full, strict=True))


def test_the_default_pace_tries_for_about_an_hour() -> None:
    pace = Pace()
    longest = sum(
        (pace.first_delay * 2**n for n in range(pace.most_attempts - 1)), start=timedelta(0)
    )
    assert timedelta(hours=1) < longest < timedelta(hours=2)
    assert pace.delay(10_000) <= pace.longest_delay


def test_a_replayed_dead_letter_is_handled(handle_probe: Callable[[Handle], None]) -> None:
    entities = queue(2)
    done: list[UUID] = []
    handle_probe(poisoned(entities[0], done))
    drain(Pace(first_delay=timedelta(0), most_attempts=2))
    assert OutboxEntry.objects.dead().count() == 1
    assert replay(kind="another") == 0
    assert replay(kind=PROBE) == 1
    assert (entry().attempts, entry().last_error) == (0, "")
    handle_probe(done.extend)
    drain()
    assert sorted(done) == sorted(entities)


# -- what operators see ----
def test_lag_is_the_age_of_the_oldest_entry_that_is_due() -> None:
    queue(3)
    with connection.cursor() as cursor:
        cursor.execute("UPDATE outbox SET queued_at = queued_at - interval '90 s'")
    fresh(limit=1)
    (backlog,) = measure()
    assert (backlog.kind, backlog.pending, backlog.dead) == (PROBE, 3, 0)
    assert 90 <= backlog.lag < 1000
    fresh()
    assert measure()[0].lag == 0


def test_the_states_of_an_entry() -> None:
    queue(3)
    waiting, dead = fresh(limit=2)
    bury(dead, error="no")
    entries = OutboxEntry.objects
    assert [e.sequence for e in entries.dead()] == [dead.sequence]
    assert [e.sequence for e in entries.waiting()] == [waiting.sequence]
    assert entries.pending().count() == 1


def test_the_command_says_what_waits_and_replays(
    capsys: pytest.CaptureFixture[str],
) -> None:
    call_command("outbox", "status")
    assert capsys.readouterr().out == "The outbox is empty.\n"
    queue(2)
    bury(fresh(limit=1)[0], error="no")
    call_command("outbox", "status")
    assert capsys.readouterr().out.startswith("probe: 1 pending, 1 dead, lag ")
    call_command("outbox", "replay", "--kind", "other")
    assert capsys.readouterr().out == "0 dead letters are tried again.\n"
    call_command("outbox", "replay")
    assert capsys.readouterr().out == "1 dead letters are tried again.\n"
    assert not OutboxEntry.objects.dead().exists()
