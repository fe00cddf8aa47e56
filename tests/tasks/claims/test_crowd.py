"""Many who take much at once, each with a connection of their own."""

from __future__ import annotations

import pytest
from django.db import connection, transaction

from apps.accounts.models import User
from apps.repositories.models import Repository
from apps.tasks.claims import MOST_AT_ONCE, Claimed, claim_next
from apps.tasks.models import Task, TaskClaim
from apps.tasks.queue import WINDOW
from tests.contracts.races import at_once
from tests.factories import RepositoryFactory, UserFactory

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.usefixtures("app_login"),
]
CLIENTS = 3


@pytest.fixture
def repository() -> Repository:
    """As much ready work as all clients together want: several windows."""
    made: Repository = RepositoryFactory()
    Task.objects.bulk_create(
        Task(repository=made, content=f"task {n}") for n in range(CLIENTS * MOST_AT_ONCE)
    )
    return made


@pytest.fixture
def boss() -> User:
    user: User = UserFactory(is_superuser=True)
    return user


def test_nobody_goes_away_empty_while_there_is_work(repository: Repository, boss: User) -> None:
    def take(number: int) -> list[Claimed]:
        return claim_next(
            actor=boss, repository=repository, holder=f"agent {number}", count=MOST_AT_ONCE
        )

    taken = at_once([lambda number=number: take(number) for number in range(CLIENTS)])
    assert [len(each) for each in taken] == [MOST_AT_ONCE] * CLIENTS
    claims = [claim for each in taken for claim in each]
    assert len({claim.claim.task_id for claim in claims}) == len(claims)
    assert min(claim.standing.rank for claim in claims) == 1


def test_a_window_that_somebody_holds_is_passed(repository: Repository, boss: User) -> None:
    first = list(Task.objects.order_by("pk").values_list("pk", flat=True)[:WINDOW])

    def take() -> list[Claimed]:
        return claim_next(actor=boss, repository=repository, holder="ada", count=2)

    with transaction.atomic():
        list(Task.objects.filter(pk__in=first).select_for_update())
        assert connection.in_atomic_block
        (taken,) = at_once([take])
    assert [claim.standing.rank for claim in taken] == [WINDOW + 1, WINDOW + 2]
    assert not TaskClaim.objects.filter(task__in=first).exists()
