"""The catalogue is complete: each index has its query or its reason, each filter its query."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from rest_framework.test import APIClient

from apps.core.catalogue import NamedQuery, named_queries, other_indexes, register_query
from apps.core.ids import uuid7, uuid7_time
from apps.repositories.models import Repository
from apps.tasks.api.filters import STATES
from apps.tasks.api.views import TaskViewSet
from apps.tasks.catalogue.lists import WINDOW
from apps.tasks.models import Task
from tests.contracts import API
from tests.factories import PRDFactory, TaskFactory

# What a client sends for each query of a list, by what it takes from a task.
REQUESTS: dict[str, Callable[[Task], dict[str, Any]]] = {
    "with_links": lambda task: {},
    "status": lambda task: {"status": task.status},
    "statuses": lambda task: {"status": "pending,in_progress"},
    "priority": lambda task: {"priority": task.priority},
    "assignee": lambda task: {"assignee": task.assignee},
    "session_id": lambda task: {"session_id": task.session_id},
    "prd_id": lambda task: {"prd_id": task.prd_id},
    "parent_task_id": lambda task: {"parent_task_id": task.parent_task_id},
    "created": lambda task: {
        "created_after": (uuid7_time(task.pk) - WINDOW).isoformat(),
        "created_before": uuid7_time(task.pk).isoformat(),
    },
    **{f"state.{state}": lambda task, state=state: {"state": state} for state in STATES},
}
TABLES = ["tasks", "task_dependencies", "task_external_keys", "task_claims", "critical_paths"]


def test_every_index_serves_a_query_or_has_a_reason(db: None) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT indexname FROM pg_indexes WHERE tablename = ANY (%s)", [TABLES])
        there = {name for (name,) in cursor.fetchall()}
        cursor.execute("SELECT relname FROM pg_class WHERE relkind IN ('i', 'I')")
        all_there = {name for (name,) in cursor.fetchall()}
    needed = {index for query in named_queries().values() for index in query.indexes}
    assert there - needed - set(other_indexes()) == set(), "an index that nobody needs"
    assert (needed | set(other_indexes())) - all_there == set(), "an index that is gone"
    assert needed & set(other_indexes()) == set(), "a reason that is not needed"


@pytest.mark.parametrize(("query", "asked"), REQUESTS.items(), ids=REQUESTS)
def test_the_api_asks_what_the_catalogue_says(
    api: APIClient, repository: Repository, query: str, asked: Callable[[Task], dict[str, Any]]
) -> None:
    """Else plans would be looked at that nobody runs."""
    upper = TaskFactory(repository=repository)
    task = TaskFactory(
        repository=repository,
        parent_task=upper,
        prd=PRDFactory(repository=repository),
        assignee="ada",
        session_id="s-1",
    )
    with CaptureQueriesContext(connection) as captured:
        response = api.get(f"{API}/tasks", {"repository": repository.name, **asked(task)})
    assert response.status_code == 200, response.content
    sent = {query["sql"] for query in captured.captured_queries}
    with CaptureQueriesContext(connection) as captured:
        list(named_queries()[f"tasks.list.{query}"].build(task))
    assert {query["sql"] for query in captured.captured_queries} <= sent


def test_every_filter_of_the_api_has_its_query() -> None:
    task = Task(pk=uuid7(), parent_task_id=uuid7(), prd_id=uuid7())
    filters = {name for asked in REQUESTS.values() for name in asked(task)}
    assert filters == set(TaskViewSet.filters) - {"repository"}
    assert {asked(task).get("state") for asked in REQUESTS.values()} - {None} == set(STATES)


def test_a_name_is_given_once() -> None:
    query = next(iter(named_queries().values()))
    assert isinstance(query, NamedQuery)
    with pytest.raises(ValueError, match="already"):
        register_query(query)
