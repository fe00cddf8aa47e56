"""The catalogue of sessions is complete, and says what the API asks."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from rest_framework.test import APIClient

from apps.core.catalogue import named_queries, other_indexes
from apps.repositories.models import Repository
from apps.work_sessions.api.views import SessionViewSet
from apps.work_sessions.models import WorkSession
from tests.contracts import API
from tests.factories import SessionTaskFactory, UserFactory, WorkSessionFactory, create

TABLES = ["work_sessions", "session_spans", "session_tasks"]
# What a client sends for each query of the list, by what it takes from a session.
REQUESTS: dict[str, Callable[[WorkSession], dict[str, Any]]] = {
    "list": lambda session: {},
    "list.state": lambda session: {"state": session.state},
    "list.session_id": lambda session: {"session_id": session.session_id},
}


def test_every_index_serves_a_query_or_has_a_reason(db: None) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT indexname FROM pg_indexes WHERE tablename = ANY (%s)", [TABLES])
        there = {name for (name,) in cursor.fetchall()}
    needed = {index for query in named_queries().values() for index in query.indexes}
    assert len(there) >= 11
    assert there - needed - set(other_indexes()) == set(), "an index that nobody needs"


@pytest.mark.parametrize(("query", "asked"), REQUESTS.items(), ids=REQUESTS)
def test_the_api_asks_what_the_catalogue_says(
    api: APIClient,
    repository: Repository,
    query: str,
    asked: Callable[[WorkSession], dict[str, Any]],
) -> None:
    session = create(WorkSessionFactory, repository=repository, actor=UserFactory())
    SessionTaskFactory(session=session)
    with CaptureQueriesContext(connection) as captured:
        response = api.get(f"{API}/sessions", {"repository": repository.name, **asked(session)})
    assert response.status_code == 200, response.content
    sent = {query["sql"] for query in captured.captured_queries}
    with CaptureQueriesContext(connection) as captured:
        list(named_queries()[f"sessions.{query}"].build(session))
    assert {query["sql"] for query in captured.captured_queries} <= sent


def test_every_filter_of_the_api_has_its_query() -> None:
    names = {f"list.{name}" for name in SessionViewSet.filters if name != "repository"}
    assert names <= {name.removeprefix("sessions.") for name in named_queries()}
