"""How claims are asked for."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from rest_framework.test import APIClient

from apps.tasks.models import Task
from tests.contracts import API

NEXT = f"{API}/tasks/claim-next"


def address(task: Task, verb: str = "claim") -> str:
    return f"{API}/tasks/{task.pk}/{verb}"


def post(client: APIClient, path: str, **body: Any) -> Any:
    return client.post(path, body, format="json")


def move(task: Task, status: str) -> None:
    Task.objects.filter(pk=task.pk).update(status=status)


def patch(client: APIClient, task: Task, **body: Any) -> Any:
    return client.patch(f"{API}/tasks/{task.pk}", body, format="json")


def when(text: str) -> datetime:
    return datetime.fromisoformat(text)
