"""Sessions keep the contracts of every resource."""

from __future__ import annotations

from itertools import count
from typing import Any

import pytest
from rest_framework.test import APIClient

from apps.repositories.models import Repository
from apps.work_sessions.models import WorkSession
from tests.contracts import (
    BodyContract,
    HistoryContract,
    ReadContract,
    RepositoryCreateContract,
    RepositoryListContract,
    Resource,
    StaleWriteContract,
    UpdateContract,
    assert_problem,
    nothing_written,
)
from tests.factories import (
    SessionSpanFactory,
    SessionTaskFactory,
    TaskFactory,
    WorkSessionFactory,
    create,
)

NAMES = count()


class Sessions(Resource):
    """`/api/v1/sessions`."""

    path = "sessions"

    def make(self, repository: Repository) -> WorkSession:
        session: WorkSession = create(WorkSessionFactory, repository=repository)
        return session


class TestRead(Sessions, ReadContract):
    """GET /sessions/{id}."""


class TestList(Sessions, RepositoryListContract):
    """GET /sessions."""

    def make(self, repository: Repository) -> WorkSession:
        """With a task and a span each, for the number of statements."""
        session = super().make(repository)
        SessionTaskFactory(session=session)
        SessionSpanFactory(session=session)
        return session


class TestStart(Sessions, RepositoryCreateContract):
    """POST /sessions."""

    def good_body(self, repository: Repository) -> dict[str, Any]:
        return {"repository": repository.name, "session_id": f"s-{next(NAMES)}", "cli_mode": True}


class TestUpdate(Sessions, UpdateContract):
    """PATCH /sessions/{id}."""

    def good_body(self, repository: Repository) -> dict[str, Any]:
        return {"session_summary": "Dug a hole", "tools_used": ["spade", "bucket"]}

    def stale_change(self) -> dict[str, Any]:
        return {"files_changed": ["hole.txt"]}


class TestEvent(Sessions, BodyContract):
    """POST /sessions/{id}/tasks."""

    method = "POST"

    def target(self, record: Any) -> str:
        return f"{self.address(record)}/tasks"

    def good_body(self, repository: Repository) -> dict[str, Any]:
        task = TaskFactory(repository=repository)
        return {"task_id": str(task.pk), "event": "started"}

    def test_the_good_body_is_good(self, api: APIClient, record: Any) -> None:
        assert self.send(api, record, self.good_body(record.repository)).status_code == 200


class TestEnd(Sessions, StaleWriteContract, BodyContract):
    """POST /sessions/{id}/end."""

    method, success = "POST", 200

    def target(self, record: Any) -> str:
        return f"{self.address(record)}/end"

    def good_body(self, repository: Repository) -> dict[str, Any]:
        return {"session_summary": "Dug a hole", "tools_used": ["spade"]}

    def write(self, client: APIClient, record: Any, **headers: str) -> Any:
        return self.send(client, record, self.good_body(Repository(name="x")), **headers)

    def make_stale(self, record: Any) -> None:
        WorkSession.objects.filter(pk=record.pk).update(files_changed=["hole.txt"])

    @pytest.mark.parametrize("text", ["{", '{"a": NaN}', '{"a": "\\ud800"}'])
    def test_what_is_no_json_is_refused(
        self, api: APIClient, record: Any, text: str | bytes
    ) -> None:
        """Nothing at all is fine: there is no last word."""
        with nothing_written():
            assert_problem(self.send(api, record, text), 400, "malformed_json")
        assert self.send(api, record, "").status_code == 200


class TestHeartbeat(Sessions):
    """POST /sessions/{id}/heartbeat."""

    def test_takes_no_body(self, api: APIClient, record: Any) -> None:
        def send(text: str, kind: str = "application/json") -> Any:
            return api.generic("POST", f"{self.address(record)}/heartbeat", text, kind)

        with nothing_written():
            assert_problem(send('{"at": 1, "x": 2}'), 400, "invalid_request", "/at", "/x")
            assert_problem(send("{"), 400, "malformed_json")
            assert_problem(send("[]"), 400, "invalid_request", "")
            assert_problem(send("{}", "text/plain"), 415, "unsupported_media_type")
        assert send("{}").status_code == send("").status_code == 200


class TestHistory(Sessions, HistoryContract):
    """GET /sessions/{id}/history and GET /sessions/{id}?as_of=."""

    derived = frozenset({"last_seen_at"})

    def edits(self, number: int) -> list[dict[str, Any]]:
        return [
            {"session_summary": f"Dug {number} holes"},
            {"tools_used": [f"spade {number}"], "files_changed": ["a", "b"]},
        ]
