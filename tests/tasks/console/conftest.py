"""A task that ada holds, and a maintainer before the console."""

from __future__ import annotations

from typing import Any

import pytest

from apps.repositories.choices import MemberRole
from apps.repositories.models import Repository
from apps.tasks.claims import claim_task
from apps.tasks.models import Task, TaskClaim
from tests.core.admin.support import logged_in, member
from tests.factories import TaskFactory

from .support import RIGHTS


@pytest.fixture
def boss(repository: Repository) -> Any:
    """A maintainer who may change claims."""
    return logged_in(member("mara", repository, MemberRole.MAINTAINER, *RIGHTS))


@pytest.fixture
def task(repository: Repository) -> Task:
    """A ready task."""
    return TaskFactory(repository=repository, content="Lay the keel")


@pytest.fixture
def claim(collaborator: Any, task: Task) -> TaskClaim:
    """Of the task, by ada; the work is in progress."""
    made = claim_task(actor=collaborator, task=task, holder="ada")
    Task.objects.filter(pk=task.pk).update(status="in_progress")
    return made
