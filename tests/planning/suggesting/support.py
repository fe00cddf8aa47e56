"""Asking for suggestions, in tests."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.utils import timezone
from rest_framework.test import APIClient

from apps.repositories.models import Repository
from tests.contracts import API
from tests.factories import TaskFactory

ADDRESS = f"{API}/tasks/suggest"


def ask(api: APIClient, repository: Repository, **body: Any) -> dict[str, Any]:
    """The answer to a request for suggestions."""
    response = api.post(ADDRESS, {"repository": repository.name, **body}, format="json")
    assert response.status_code == 200, response.content
    answer: dict[str, Any] = response.json()
    return answer


def contents(answer: dict[str, Any]) -> list[str]:
    """What is suggested, best first."""
    return [each["content"] for each in answer["suggestions"]]


def sources(suggestion: dict[str, Any]) -> list[str]:
    """Where a suggestion comes from."""
    return [each["source"] for each in suggestion["sources"]]


def source(answer: dict[str, Any], name: str) -> dict[str, Any]:
    """What the answer says of one source."""
    return next(each for each in answer["sources"] if each["source"] == name)


def completed(repository: Repository, content: str, *, hours_ago: float, **values: Any) -> Any:
    """A task that was completed some hours ago."""
    return TaskFactory(
        repository=repository,
        content=content,
        status="completed",
        completed_at=timezone.now() - timedelta(hours=hours_ago),
        **values,
    )
