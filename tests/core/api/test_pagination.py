"""Walking a list page by page shows each row exactly once, in order; cursors cannot be bent."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.core import signing
from django.db import connection
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from rest_framework.test import APIClient

from apps.accounts.models import User
from apps.core.api.keyset import Order, Walk
from apps.repositories.models import Repository, RepositoryMember
from tests.examples import examples

from .conftest import THINGS
from .resource import ThingViewSet

MOMENTS = [None, *(datetime(2026, 1, 1, tzinfo=UTC) + timedelta(microseconds=n) for n in range(3))]

# What each order promises, as a key for Python's sort over the rows in order of their ids.
NULLS_LAST = datetime.max.replace(tzinfo=UTC)
COLLATION = ["", "aa", "b"]  # a text that sorts alike under every collation
EXPECTED: dict[str, Any] = {
    "id": lambda rows: rows[::-1],
    "oldest": lambda rows: rows,
    "name": lambda rows: sorted(rows, key=lambda row: row.name),
    "description": lambda rows: sorted(
        rows, key=lambda r: (COLLATION.index(r.description), r.pk), reverse=True
    ),
    "archived_at": lambda rows: sorted(rows, key=lambda r: (r.archived_at or NULLS_LAST, r.pk)),
    "recently_archived": lambda rows: [
        *sorted(
            (row for row in rows if row.archived_at),
            key=lambda r: (r.archived_at, r.pk),
            reverse=True,
        ),
        *(row for row in rows[::-1] if not row.archived_at),
    ],
    "length": lambda rows: sorted(rows, key=lambda r: (len(r.description), r.pk), reverse=True),
    "never": lambda rows: rows,
}


def walk(client: APIClient, order: str, limits: list[int]) -> list[str]:
    """The names on all pages, page n having limit n of `limits`, over and over."""
    names: list[str] = []
    parameters: dict[str, Any] = {"order": order}
    for turn in range(200):
        parameters["limit"] = limits[turn % len(limits)]
        response = client.get(THINGS, parameters)
        assert response.status_code == 200, response.content
        page = response.json()
        assert len(page["results"]) <= parameters["limit"]
        names += [row["name"] for row in page["results"]]
        if page["next"] is None:
            assert "Link" not in response
            return names
        assert len(page["results"]) == parameters["limit"]
        parameters["cursor"] = page["next"]
    raise AssertionError("the walk does not end")


@hypothesis_settings(
    max_examples=examples(60),
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(
    keys=st.lists(st.tuples(st.sampled_from(COLLATION), st.sampled_from(MOMENTS)), max_size=25),
    order=st.sampled_from(sorted(ThingViewSet.order_fields)),
    limits=st.lists(st.integers(1, 9), min_size=1, max_size=4),
)
def test_each_row_appears_once_and_in_order(
    things: APIClient,
    keys: list[tuple[str, datetime | None]],
    order: str,
    limits: list[int],
) -> None:
    Repository.objects.all().delete()
    # The names do not sort like the ids, and alike under every collation.
    Repository.objects.bulk_create(
        Repository(
            name=chr(ord("a") + n * 7 % 26), description=description, archived_at=archived_at
        )
        for n, (description, archived_at) in enumerate(keys)
    )
    rows = list(Repository.objects.order_by("id"))
    assert walk(things, order, limits) == [row.name for row in EXPECTED[order](rows)]


@pytest.fixture
def ten(things: APIClient) -> APIClient:
    Repository.objects.bulk_create(
        Repository(name=f"r{n}", description="x" * (n % 3), archived_at=MOMENTS[n % 2])
        for n in range(10)
    )
    return things


def test_the_default_is_fifty_newest_first(things: APIClient) -> None:
    Repository.objects.bulk_create(Repository(name=f"r{n}") for n in range(51))
    page = things.get(THINGS).json()
    assert [row["name"] for row in page["results"][:2]] == ["r50", "r49"]
    assert len(page["results"]) == 50
    rest = things.get(THINGS, {"cursor": page["next"]}).json()
    assert ([row["name"] for row in rest["results"]], rest["next"]) == (["r0"], None)


def test_a_full_last_page_has_no_next(ten: APIClient) -> None:
    page = ten.get(THINGS, {"limit": 10}).json()
    assert (len(page["results"]), page["next"]) == (10, None)


def test_the_link_header_leads_to_the_next_page(ten: APIClient) -> None:
    first = ten.get(THINGS, {"limit": 4, "order": "name", "live": "true"})
    link = re.fullmatch(r'<http://testserver(/[^>]+)>; rel="next"', first["Link"])
    assert link
    second = ten.get(link[1]).json()
    names = [row["name"] for page in (first.json(), second) for row in page["results"]]
    assert names == sorted(names)
    assert len(names) == 5


def test_rows_that_come_and_go_meanwhile_do_not_disturb_the_others(ten: APIClient) -> None:
    page = ten.get(THINGS, {"limit": 5}).json()
    Repository.objects.create(name="newer")
    Repository.objects.filter(name__in=["r9", "r5", "r4"]).delete()  # the cursor's row, too
    rest = ten.get(THINGS, {"limit": 5, "cursor": page["next"]}).json()
    assert [row["name"] for row in rest["results"]] == ["r3", "r2", "r1", "r0"]


@pytest.mark.parametrize("limit", ["0", "201", "-1", "1.0", "", " ", "x", "٣", "1e1", "+5"])
def test_other_limits_are_refused(things: APIClient, limit: str) -> None:
    response = things.get(THINGS, {"limit": limit})
    assert response.status_code == 400
    assert response.json()["code"] == "invalid_parameter"
    assert response.json()["errors"][0]["parameter"] == "limit"


@pytest.mark.parametrize("limit", ["1", "200", "010"])
def test_limits_within_the_bounds_are_taken(things: APIClient, limit: str) -> None:
    assert things.get(THINGS, {"limit": limit}).status_code == 200


def test_an_unknown_order_names_the_known_ones(things: APIClient) -> None:
    body = things.get(THINGS, {"order": "priority"}).json()
    assert body["code"] == "invalid_parameter"
    assert "recently_archived" in body["detail"]


def cursor_of(client: APIClient, **parameters: Any) -> str:
    cursor = client.get(THINGS, {"limit": 2, **parameters}).json()["next"]
    assert cursor
    return str(cursor)


@pytest.mark.parametrize(
    ("made_for", "used_with"),
    [
        ({"order": "id"}, {"order": "oldest"}),
        ({"order": "archived_at"}, {"order": "recently_archived"}),
        ({}, {"live": "true"}),
        ({"live": "true"}, {}),
        ({"live": "true"}, {"live": "false"}),
        ({"live": "true"}, {"live": "true", "description": "x"}),
    ],
)
def test_a_cursor_works_only_where_it_was_made(
    ten: APIClient, made_for: dict[str, str], used_with: dict[str, str]
) -> None:
    cursor = cursor_of(ten, **made_for)
    assert ten.get(THINGS, {**made_for, "cursor": cursor, "limit": 3}).status_code == 200
    response = ten.get(THINGS, {**used_with, "cursor": cursor})
    assert (response.status_code, response.json()["code"]) == (400, "invalid_cursor")
    assert response.json()["errors"][0]["parameter"] == "cursor"


def test_the_default_order_may_be_named(ten: APIClient) -> None:
    assert ten.get(THINGS, {"order": "id", "cursor": cursor_of(ten)}).status_code == 200


@pytest.mark.parametrize("position", range(0, 120, 7))
def test_a_cursor_cannot_be_altered(ten: APIClient, position: int) -> None:
    cursor = cursor_of(ten)
    index = position % len(cursor)
    bent = cursor[:index] + ("A" if cursor[index] != "A" else "B") + cursor[index + 1 :]
    response = ten.get(THINGS, {"cursor": bent})
    assert (response.status_code, response.json()["code"]) == (400, "invalid_cursor")


@pytest.mark.parametrize(
    "cursor", ["x", ".", "a.b", "é", "x" * 900, signing.Signer(sep=".").sign_object([None, "x"])]
)
def test_a_foreign_cursor_is_refused(things: APIClient, cursor: str) -> None:
    response = things.get(THINGS, {"cursor": cursor})
    assert (response.status_code, response.json()["code"]) == (400, "invalid_cursor")


def test_a_cursor_of_another_key_is_refused(ten: APIClient, settings: Any) -> None:
    cursor = cursor_of(ten)
    old = settings.SECRET_KEY
    settings.SECRET_KEY = "another" * 10
    assert ten.get(THINGS, {"cursor": cursor}).status_code == 400
    settings.SECRET_KEY_FALLBACKS = [old]
    assert ten.get(THINGS, {"cursor": cursor}).status_code == 200


def test_no_page_counts_or_skips(ten: APIClient) -> None:
    cursors = {order: cursor_of(ten, order=order) for order in ThingViewSet.order_fields}
    for order, cursor in cursors.items():
        with CaptureQueriesContext(connection) as queries:
            ten.get(THINGS, {"order": order, "cursor": cursor, "limit": 2})
        assert len(queries) == 1, order
        (sql,) = [query["sql"] for query in queries]
        assert "OFFSET" not in sql
        assert "COUNT" not in sql
        assert "LIMIT 3" in sql


def test_the_id_order_compares_the_id_alone(ten: APIClient) -> None:
    cursor = cursor_of(ten)
    with CaptureQueriesContext(connection) as queries:
        ten.get(THINGS, {"cursor": cursor})
    assert re.search(
        r'WHERE "repositories"."id" < \S+ ORDER BY "repositories"."id" DESC', queries[0]["sql"]
    )


@pytest.mark.parametrize(
    ("order", "index"),
    [
        (Order("name"), "(name, id)"),
        (Order("updated_at", descending=True), "(updated_at DESC, id DESC)"),
        (Order("updated_at", descending=True), "(updated_at, id)"),
        (Order("archived_at"), "(archived_at, id)"),
        (Order("archived_at", descending=True), "(archived_at DESC NULLS LAST, id DESC)"),
    ],
)
def test_an_index_finds_the_page_without_a_sort(db: None, order: Order, index: str) -> None:
    now = datetime(2026, 1, 1, tzinfo=UTC)
    Repository.objects.bulk_create(Repository(name=f"r{n}", archived_at=now) for n in range(500))
    row = Repository.objects.order_by("id")[250]
    walk_ = Walk(Repository.objects.all(), order)
    with connection.cursor() as cursor:
        cursor.execute(f"CREATE INDEX the_index ON repositories {index}")
        cursor.execute("ANALYZE repositories; SET LOCAL enable_seqscan = off")
        with CaptureQueriesContext(connection) as queries:
            walk_.rows(walk_.parse(walk_.position(row)), 11)
        cursor.execute("EXPLAIN " + queries[0]["sql"])
        plan = "\n".join(line for (line,) in cursor.fetchall())
    assert "Sort" not in plan
    assert re.search(r"Index Cond: \(?ROW\(", plan), plan
    assert "the_index" in plan


def test_a_key_may_lie_behind_a_relation(db: None) -> None:
    user = User.objects.create_user("someone")
    for name in "cab":
        repository = Repository.objects.create(name=name)
        RepositoryMember.objects.create(repository=repository, user=user)
    walk_ = Walk(RepositoryMember.objects.all(), Order("repository__name"))
    first = walk_.rows(None, 1)
    rest = walk_.rows(walk_.parse(walk_.position(first[0])), 5)
    assert [member.repository.name for member in (*first, *rest)] == ["a", "b", "c"]


def test_an_order_by_something_unknown_is_a_programming_error() -> None:
    with pytest.raises(ValueError, match="no field or annotation"):
        Walk(Repository.objects.all(), Order("nothing"))
