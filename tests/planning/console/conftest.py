"""The people and plans of the console's tests."""

from __future__ import annotations

import pytest
from django.test import Client

from apps.accounts.models import User
from apps.planning.models import PRDPlan
from apps.repositories.choices import MemberRole
from apps.repositories.models import Repository
from apps.tasks.models import Task
from apps.tasks.services import update_task
from tests.core.admin.support import logged_in, member
from tests.planning.documents import PLAN
from tests.planning.test_plans_api import CHANGED

from .support import MAY_ALL, apply, plan_of


@pytest.fixture
def writer(repository: Repository) -> User:
    """A contributor who may use the console's pages of plans."""
    return member("writer", repository, MemberRole.CONTRIBUTOR, *MAY_ALL)


@pytest.fixture
def console(writer: User) -> Client:
    return logged_in(writer)


@pytest.fixture
def imported(writer: User, repository: Repository) -> dict[str, Task]:
    """The first text's tasks by their ids in the document."""
    plan = plan_of(writer, repository, PLAN)
    apply(logged_in(writer), plan)
    return {task.external_key.key: task for task in Task.objects.select_related("external_key")}


@pytest.fixture
def conflict(writer: User, repository: Repository, imported: dict[str, Task]) -> PRDPlan:
    """A plan of the second text, whose BR-9-02 has another estimate here."""
    update_task(actor=writer, task=imported["BR-9-02"], changes={"estimated_minutes": 90})
    return plan_of(writer, repository, CHANGED)


@pytest.fixture
def other(repository: Repository) -> User:
    return member("other", repository, MemberRole.CONTRIBUTOR, *MAY_ALL)
