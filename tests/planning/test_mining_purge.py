"""A run of the miner and a purge meet, which both end at the same evidence."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import Permission

from apps.accounts.models import User
from apps.planning.models import PatternEvidence
from apps.planning.services.mining_runs import mine_patterns
from apps.repositories.models import Repository
from apps.task_patterns.models import TaskPattern
from apps.tasks.deletion import delete_task, purge_task
from apps.tasks.models import Task
from tests.contracts.races import while_uncommitted
from tests.tasks.ageing import age

from .finished import HABIT, finish

# As the owner, who alone can make a deletion old enough.
pytestmark = pytest.mark.django_db(transaction=True)


@pytest.mark.parametrize("purge_first", [True, False])
def test_a_purge_and_a_run_let_each_other_pass(
    owner: User, repository: Repository, purge_first: bool
) -> None:
    """The one that comes second waits for the tasks, and not the first one for it in turn."""
    tasks = finish(repository, HABIT)
    mine_patterns(repository=repository)
    owner.user_permissions.set(Permission.objects.filter(codename="purge_task"))
    purger = User.objects.get(pk=owner.pk)
    age(delete_task(actor=purger, task=tasks[0]).id, days=2)
    gone = Task.all_objects.get(pk=tasks[0].pk)

    def purge() -> None:
        purge_task(actor=purger, task=gone)

    def mine() -> None:
        mine_patterns(repository=repository)

    while_uncommitted(purge, mine) if purge_first else while_uncommitted(mine, purge)
    assert not Task.all_objects.filter(pk=gone.pk).exists()
    assert not PatternEvidence.objects.filter(task=gone.pk).exists()
    found = TaskPattern.objects.get(signature="wt-1:design>implement>test>review")
    assert found.support == found.occurrences.count() == 11
