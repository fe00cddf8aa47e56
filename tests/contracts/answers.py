"""What tests say of answers, and of what a refused request leaves behind: nothing."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from django.apps import apps
from django.db import connection
from django.test.utils import CaptureQueriesContext
from rest_framework.test import APIClient

from tests.serially import serially

PROBLEM = "application/problem+json"
MEMBERS = {"type", "title", "status", "code", "detail", "request_id", "errors"}

ClientOf = Callable[..., APIClient]


def problem_of(response: Any) -> dict[str, Any]:
    """The problem in `response`, once its shape is found to be the one that all problems have."""
    assert response["Content-Type"] == PROBLEM, (response.status_code, response.content[:500])
    body: dict[str, Any] = json.loads(response.content)
    assert body.keys() >= MEMBERS
    assert body["status"] == response.status_code
    assert body["type"] == f"urn:taskhub:error:{body['code']}"
    assert body["title"]
    assert body["detail"]
    assert body["request_id"] == response["X-Request-ID"]
    for entry in body["errors"]:
        assert ("pointer" in entry) != ("parameter" in entry)
        assert entry["code"]
        assert entry["detail"]
    return body


def assert_problem(
    response: Any, status: int, code: str, *places: str, rule: str | None = None
) -> dict[str, Any]:
    """Assert a problem of this status and code whose errors stand at exactly these places.

    A place is a JSON pointer or a parameter's name; `rule` is the code of the only error.
    """
    body = problem_of(response)
    found = sorted(entry.get("pointer", entry.get("parameter")) for entry in body["errors"])
    assert (response.status_code, body["code"], found) == (status, code, sorted(places)), body
    if rule is not None:
        assert [entry["code"] for entry in body["errors"]] == [rule], body
    return body


def outline(response: Any) -> dict[str, Any]:
    """A problem without what names the one request: to compare two answers."""
    body = problem_of(response)
    return {name: value for name, value in body.items() if name not in {"request_id", "detail"}}


def row_counts() -> dict[str, int]:
    """How many rows each of our tables has, history included.

    Prepared once for a connection: to plan it takes several times what it takes to count.
    """
    tables = sorted(
        model._meta.db_table for model in apps.get_models() if hasattr(model, "app_privileges")
    )
    union = " UNION ALL ".join(f"SELECT '{table}', count(*) FROM {table}" for table in tables)
    with connection.cursor() as cursor:
        cursor.execute("SELECT FROM pg_prepared_statements WHERE name = 'row_counts'")
        if not cursor.rowcount:
            cursor.execute(f"PREPARE row_counts AS {union}")
        with serially(cursor):
            cursor.execute("EXECUTE row_counts")
            counted = dict(cursor.fetchall())
    return counted


@contextmanager
def nothing_written() -> Iterator[None]:
    """The block leaves as many rows in every table as it found."""
    before = row_counts()
    yield
    assert row_counts() == before


def query_count(client: APIClient, address: str, parameters: dict[str, Any]) -> int:
    """How many statements a GET takes, apart from the note that a token was used."""
    client.get(address, parameters)  # the minute's note of the token's use is written
    with CaptureQueriesContext(connection) as queries:
        assert client.get(address, parameters).status_code == 200
    return len(queries)
