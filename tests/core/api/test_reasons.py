"""X-Change-Reason: why a client writes; read strictly, kept in history."""

from __future__ import annotations

from contextlib import suppress
from typing import Any
from urllib.parse import quote

import pytest
from django.test import RequestFactory
from hypothesis import given
from hypothesis import strategies as st
from rest_framework.test import APIClient

from apps.core.api.reasons import MAX_LENGTH, change_reason
from apps.core.errors import DomainError
from apps.tasks.models import Task, TaskEvent
from tests.contracts import assert_problem, nothing_written
from tests.factories import TaskFactory, create

printable = st.text(st.characters(exclude_categories=["C", "Z"]), min_size=1, max_size=MAX_LENGTH)


def read(header: str) -> str | None:
    return change_reason(RequestFactory().get("/", HTTP_X_CHANGE_REASON=header))


@given(printable)
def test_any_printable_text_arrives_as_it_was_meant(text: str) -> None:
    assert read(quote(text, safe="")) == text
    assert read(quote(text)) == text


@given(st.text(st.characters(codec="latin-1")))
def test_any_header_is_read_or_refused(header: str) -> None:
    with suppress(DomainError):
        reason = read(header)
        assert reason
        assert reason.isprintable()
        assert len(reason) <= MAX_LENGTH


def test_none_is_none() -> None:
    assert change_reason(RequestFactory().get("/")) is None


UNREADABLE = ["", " ", "%20", "100%", "%zz", "%C3", "%ED%A0%80", "a%00b", "a%0Ab", "%E2%80%AE"]


@pytest.mark.parametrize("header", [*UNREADABLE, "\xfc", "x" * 501, "%20x" * 2000])
@pytest.mark.usefixtures("db")
def test_what_is_not_readable_is_refused(api: APIClient, repository: Any, header: str) -> None:
    task = create(TaskFactory, repository=repository)
    with nothing_written():
        for method in (api.patch, api.delete):
            response = method(
                f"/api/v1/tasks/{task.pk}",
                {"priority": "high"},
                format="json",
                HTTP_X_CHANGE_REASON=header,
            )
            assert_problem(response, 400, "invalid_parameter", "X-Change-Reason")
    assert Task.objects.get(pk=task.pk).version == 1


def test_it_is_kept_with_every_change_of_the_request(api: APIClient, repository: Any) -> None:
    body = {"repository": repository.name, "content": "Dig"}
    for reason in ("Customer asked", "100%25 sure", "%C3%BCber %F0%9F%8C%B1"):
        made = api.post("/api/v1/tasks", body, format="json", HTTP_X_CHANGE_REASON=reason)
        assert made.status_code == 201, made.content
    kept = [e.pgh_context["reason"] for e in TaskEvent.objects.order_by("pgh_id")]
    assert kept == ["Customer asked", "100% sure", "über 🌱"]
    made = api.post("/api/v1/tasks", body, format="json")
    assert "reason" not in TaskEvent.objects.get(pgh_obj_id=made.json()["id"]).pgh_context
