"""What the tests of sessions have in common."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.utils import timezone
from rest_framework.test import APIClient

from apps.repositories.models import Repository
from tests.contracts import API

SESSIONS = f"{API}/sessions"
Start = Callable[..., dict[str, Any]]
At = Callable[[float], Any]


@pytest.fixture
def start(api: APIClient, repository: Repository) -> Start:
    """Starts a session through the API, by the owner unless another client is given."""

    def call(client: APIClient = api, **body: Any) -> dict[str, Any]:
        sent = {"repository": repository.name, "session_id": "s-1", **body}
        response = client.post(SESSIONS, sent, format="json")
        assert response.status_code == 201, response.content
        started: dict[str, Any] = response.json()
        return started

    return call


@pytest.fixture
def noon() -> datetime:
    """When sessions of the past begin: long ago enough for the whole test to be over."""
    return timezone.now().replace(microsecond=0) - timedelta(hours=12)


@pytest.fixture
def at(noon: datetime) -> At:
    """Python's clock so many minutes after noon. The database's own goes on: nothing of these
    tests lies in its future."""

    def travel(minutes: float) -> Any:
        return time_machine.travel(noon + timedelta(minutes=minutes), tick=False)

    return travel
