"""Applied whole or not at all: killed half-way, and failing at each step."""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterator
from pathlib import Path
from time import monotonic, sleep
from typing import Any
from unittest import mock

import pytest
from django.db import DatabaseError, connection, transaction

from apps.accounts.models import User
from apps.planning.models import PRDItem, PRDPlan
from apps.planning.services import apply_plan, applying
from apps.prds.models import PRD, PRDRevision
from apps.repositories.models import Repository
from apps.tasks.models import Task, TaskDependency, TaskExternalKey
from tests.contracts import nothing_written
from tests.contracts.races import PATIENCE, WAITING
from tests.processes import process

from .changing import SHED, answered, keep, planned, taken_in

MANY = "# A long fence\n\n## Tasks\n\n" + "\n".join(
    f"### FE-{number} Set post {number}\n\nEstimated time: 1 hour\n" for number in range(1, 301)
)
CHANGED = MANY.replace("1 hour", "2 hours").replace("### FE-300 Set post 300", "### FE-301 Paint")
SCRIPT = str(Path(__file__).with_name("apply_process.py"))


def await_waiting() -> None:
    """Until somebody waits for a lock that this connection has."""
    end = monotonic() + PATIENCE
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        [own] = cursor.fetchone()
        while True:
            cursor.execute(WAITING, [own])
            if cursor.fetchone() != (0,):
                return
            assert monotonic() < end, "it does not come to the lock"
            sleep(0.01)


def await_nobody() -> None:
    """Until the server has noticed that the killed process is gone: its transaction has ended."""
    end = monotonic() + PATIENCE
    others = (
        "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
        " AND pid <> pg_backend_pid() AND backend_type = 'client backend'"
        " AND xact_start IS NOT NULL"
    )
    with connection.cursor() as cursor:
        while True:
            cursor.execute(others)
            if cursor.fetchone() == (0,):
                return
            assert monotonic() < end, "the killed process's transaction is still there"
            sleep(0.01)


@pytest.mark.processes
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("text", ["first", "second"])
def test_killed_half_way_it_leaves_nothing(owner: User, repository: Repository, text: str) -> None:
    """At the moment when the tasks are written, and their items are not."""
    if text == "second":
        taken_in(owner, repository, MANY)
    plan = answered(owner, planned(owner, repository, MANY if text == "first" else CHANGED))
    with nothing_written():
        with transaction.atomic():
            with connection.cursor() as cursor:
                cursor.execute("LOCK TABLE prd_items IN SHARE MODE")
            with process(SCRIPT, str(plan.pk), str(owner.pk)) as child:
                await_waiting()
                assert child.poll() is None
                child.send_signal(signal.SIGKILL)
                child.wait()
        await_nobody()
    plan.refresh_from_db()
    assert plan.state == "open"
    with process(SCRIPT, str(plan.pk), str(owner.pk)) as child:
        assert child.wait(PATIENCE) == 0, child.stdout and child.stdout.read()
    assert PRDPlan.objects.get(pk=plan.pk).state == "applied"
    assert Task.objects.count() == (300 if text == "first" else 301)


STEPS = [
    "_store",
    "_refuse_withheld_ids",
    "_restore",
    "take_external_keys",
    "create_tasks",
    "change_tasks",
    "keep_items",
    "recount_tasks",
]
AFTER = SHED.replace("2 hours", "3 hours").replace("### SH-3 Raise the wooden frame", "### SH-4 Go")


@pytest.fixture
def plan(owner: User, repository: Repository) -> PRDPlan:
    """A plan that adds, changes and retires."""
    taken_in(owner, repository)
    return answered(owner, planned(owner, repository, AFTER), keep)


@pytest.fixture
def whole(plan: PRDPlan) -> Iterator[None]:
    """Nothing is written but a plan that can be applied still."""
    with nothing_written():
        yield
    plan.refresh_from_db()
    assert plan.state == "open"


@pytest.mark.django_db
@pytest.mark.usefixtures("as_app", "whole")
@pytest.mark.parametrize("step", STEPS)
def test_a_failure_at_any_step_leaves_nothing(owner: User, plan: PRDPlan, step: str) -> None:
    """Right after the step, when its work is done."""
    real: Callable[..., Any] = getattr(applying, step)

    def then_fail(*arguments: Any, **named: Any) -> None:
        real(*arguments, **named)
        raise DatabaseError("the server has gone away")

    with mock.patch.object(applying, step, then_fail):
        with pytest.raises(DatabaseError, match="gone away"):
            apply_plan(actor=owner, plan=plan)


def test_the_steps_write(owner: User, plan: PRDPlan) -> None:
    """What the failures above have undone."""
    apply_plan(actor=owner, plan=plan)
    models = (PRD, PRDRevision, PRDItem, Task, TaskExternalKey, TaskDependency)
    counts = [model._base_manager.count() for model in models]
    assert counts == [1, 2, 4, 4, 4, 3]
