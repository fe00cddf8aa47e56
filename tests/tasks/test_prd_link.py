"""A task comes from a PRD of its own repository, or from none."""

from __future__ import annotations

from typing import Any

import pytest

from apps.accounts.models import User
from apps.core.errors import InvalidInputError
from apps.prds.models import PRD
from apps.repositories.models import Repository
from apps.tasks.models import Task
from apps.tasks.services import create_task, update_task
from tests.factories import PRDFactory, TaskFactory, deletion

pytestmark = pytest.mark.django_db


@pytest.fixture(params=["foreign", "deleted"])
def unusable(request: Any, repository: Repository) -> PRD:
    """A PRD of another repository, or one in the bin."""
    if request.param == "foreign":
        return PRDFactory()
    return PRDFactory(repository=repository, **deletion())


def test_an_unusable_prd_is_refused(
    repository: Repository, owner: User, unusable: PRD, as_app: None
) -> None:
    with pytest.raises(InvalidInputError) as caught:
        create_task(actor=owner, repository=repository, values={"content": "x", "prd": unusable})
    assert caught.value.errors[0].pointer == "/prd_id"
    assert not Task.objects.exists()
    task = TaskFactory(repository=repository)
    with pytest.raises(InvalidInputError):
        update_task(actor=owner, task=task, changes={"prd": unusable})
    assert Task.objects.get().prd is None


def test_an_own_prd_is_taken_and_let_go(repository: Repository, owner: User, as_app: None) -> None:
    prd = PRDFactory(repository=repository)
    task = create_task(actor=owner, repository=repository, values={"content": "x", "prd": prd})
    assert task.prd == prd
    assert update_task(actor=owner, task=task, changes={"prd": None}).prd is None


def test_a_deleted_prd_stays_until_another_is_named(
    repository: Repository, owner: User, as_app: None
) -> None:
    task = TaskFactory(repository=repository, prd=PRDFactory(repository=repository, **deletion()))
    kept = update_task(actor=owner, task=task, changes={"content": "y", "prd": task.prd})
    assert (kept.content, kept.prd) == ("y", task.prd)
    with pytest.raises(InvalidInputError):
        other = PRDFactory(repository=repository, **deletion())
        update_task(actor=owner, task=task, changes={"prd": other})
