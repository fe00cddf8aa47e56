"""Sessions keep the contracts of every resource."""

from __future__ import annotations

from itertools import count
from typing import Any

from apps.repositories.models import Repository
from apps.work_sessions.models import WorkSession
from tests.contracts import (
    HistoryContract,
    ReadContract,
    RepositoryCreateContract,
    RepositoryListContract,
    Resource,
    UpdateContract,
)
from tests.factories import SessionSpanFactory, SessionTaskFactory, WorkSessionFactory, create

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


class TestHistory(Sessions, HistoryContract):
    """GET /sessions/{id}/history and GET /sessions/{id}?as_of=."""

    derived = frozenset({"last_seen_at"})

    def edits(self, number: int) -> list[dict[str, Any]]:
        return [
            {"session_summary": f"Dug {number} holes"},
            {"tools_used": [f"spade {number}"], "files_changed": ["a", "b"]},
        ]
