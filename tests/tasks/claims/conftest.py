"""A task, and who holds it."""

from __future__ import annotations

from typing import Any

import pytest
from rest_framework.test import APIClient

from apps.repositories.models import Repository
from apps.tasks.models import Task
from tests.factories import TaskFactory

from .support import address, post


@pytest.fixture
def task(repository: Repository) -> Task:
    """A ready task."""
    return TaskFactory(repository=repository, content="Lay the keel")


@pytest.fixture
def held(api: APIClient, task: Task) -> dict[str, Any]:
    """The task's claim, by `ada`."""
    answer = post(api, address(task), holder="ada", lease_seconds=60)
    assert answer.status_code == 201, answer.content
    claim: dict[str, Any] = answer.json()
    return claim
