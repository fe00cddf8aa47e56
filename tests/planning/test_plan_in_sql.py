"""Once closed, a plan says for good what was decided: the database keeps it so."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import DatabaseError, connection, transaction

from apps.accounts.models import User
from apps.core.errors import DomainError
from apps.planning.models import PRDPlan, PRDPlanEntry
from apps.planning.services import EntryDecision, apply_plan, decide, discard_plan, refresh_plan
from apps.repositories.models import Repository

from .changing import SHED, entries_of, planned, taken_in

pytestmark = pytest.mark.usefixtures("as_app")


def refused(sql: str, *parameters: Any) -> str:
    """The constraint by which the database refuses a statement of the application."""
    with pytest.raises(DatabaseError) as caught, transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute(sql, parameters)
    cause: Any = caught.value.__cause__
    return str(cause.diag.constraint_name)


@pytest.fixture(params=["applied", "discarded"])
def closed(request: Any, owner: User, repository: Repository) -> PRDPlan:
    """A plan of three new tasks, closed."""
    if request.param == "applied":
        return taken_in(owner, repository).plan
    return discard_plan(actor=owner, plan=planned(owner, repository, SHED))


@pytest.mark.parametrize(
    "change",
    [
        "decision = 'rejected'",
        'answers = \'{"choices": {"content": "mine"}}\'',
        "fields = '[]'",
        "candidates = '[1]'",
        "kind = 'move'",
        "key = 'other'",
        "position = 99",
        "title = 'Another one'",
        "reason = 'Because'",
        "rule = 'other'",
        "confidence = 'inferred'",
        "first_line = 1000",
        "last_line = 1000",
    ],
)
def test_no_entry_changes(closed: PRDPlan, change: str) -> None:
    update = f"UPDATE prd_plan_entries SET {change} WHERE plan_id = %s"
    assert refused(update, closed.pk) == "prd_plan_entries_plan_open"


def test_no_entry_comes_or_goes(closed: PRDPlan) -> None:
    delete = "DELETE FROM prd_plan_entries WHERE plan_id = %s"
    assert refused(delete, closed.pk) == "prd_plan_entries_plan_open"
    copy = (
        "INSERT INTO prd_plan_entries (plan_id, position, kind, key, title)"
        " SELECT plan_id, 99, kind, key, title FROM prd_plan_entries WHERE plan_id = %s"
    )
    assert refused(copy, closed.pk) == "prd_plan_entries_plan_open"


def test_it_does_not_open_again(closed: PRDPlan) -> None:
    for state in {"open", "applied", "discarded"} - {closed.state}:
        update = "UPDATE prd_plans SET state = %s, closed_at = NULL WHERE id = %s"
        assert refused(update, state, closed.pk) == "prd_plans_state_transition"


def test_the_services_refuse_it(closed: PRDPlan, owner: User) -> None:
    [entry, *_] = entries_of(closed)
    calls: list[Any] = [
        lambda: decide(
            actor=owner, plan=closed, decisions=[EntryDecision(entry.pk, decision="rejected")]
        ),
        lambda: refresh_plan(actor=owner, plan=closed),
        lambda: discard_plan(actor=owner, plan=closed),
        lambda: apply_plan(actor=owner, plan=closed),
    ]
    for call in calls:
        with pytest.raises(DomainError) as caught:
            call()
        assert caught.value.code == "plan_closed"
    assert PRDPlanEntry.objects.filter(plan=closed).count() == 3
