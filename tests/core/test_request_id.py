"""One id a request, in its answer, its log lines and its history."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from typing import Any
from uuid import UUID

import pytest
from django.test import Client
from rest_framework.test import APIClient

from apps.core.ids import is_uuid7
from apps.tasks.models import Task, TaskEvent


@pytest.fixture
def logged() -> Iterator[list[dict[str, Any]]]:
    """What the request middleware logs."""
    lines: list[dict[str, Any]] = []

    class Keep(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            lines.append(record.msg)  # type: ignore[arg-type]

    logger = logging.getLogger("django_structlog.middlewares.request")
    handler = Keep()
    logger.addHandler(handler)
    level, logger.level = logger.level, logging.INFO
    yield lines
    logger.removeHandler(handler)
    logger.setLevel(level)


def test_a_sane_id_of_the_client_is_kept(client: Client, logged: list[dict[str, Any]]) -> None:
    response = client.get("/livez", headers={"X-Request-ID": "build-4711.abc"})
    assert response["X-Request-ID"] == "build-4711.abc"
    assert {line["request_id"] for line in logged} == {"build-4711.abc"}


@pytest.mark.parametrize("offered", ["", "short", "x" * 65, "a b c d e f g", "line\nbreak-"])
def test_anything_else_is_replaced(
    client: Client, logged: list[dict[str, Any]], offered: str
) -> None:
    response = client.get("/livez", headers={"X-Request-ID": offered})
    made = response["X-Request-ID"]
    assert made != offered
    assert {line["request_id"] for line in logged} == {made}


def test_history_carries_the_answers_id(api: APIClient, repository: Any, as_app: None) -> None:
    body = {"repository": repository.name, "content": "Count the stars"}
    response = api.post("/api/v1/tasks", body)
    event = TaskEvent.objects.get(pgh_obj_id=Task.objects.get().pk)
    assert event.pgh_context["request_id"] == response["X-Request-ID"]
    assert event.pgh_context["actor_name"] == "owner"
    assert event.pgh_context["token"].startswith("thub_")


def test_ids_that_are_made_are_uuids_of_version_7(client: Client) -> None:
    assert is_uuid7(UUID(client.get("/livez")["X-Request-ID"]))
