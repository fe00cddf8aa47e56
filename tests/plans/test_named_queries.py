"""Every named query keeps its plan: partitions, indexes, pages read, rows thrown away."""

from __future__ import annotations

from random import Random

import pytest
from django.db import connection

from apps.core.catalogue import NamedQuery, named_queries
from apps.core.plans import Relations, problems, run

SAMPLES = 8
QUERIES = named_queries()

pytestmark = pytest.mark.django_db


def complaints(query: NamedQuery, relations: Relations) -> list[str]:
    """What is wrong with the plans of `query`, over several samples."""
    random = Random(1)
    found: list[str] = []
    used: set[str] = set()
    for number in range(SAMPLES):
        done = run(query, query.draw(random), relations)
        used |= done.indexes
        found += [f"sample {number}: {problem}" for problem in problems(query, done, relations)]
    return found + [f"never uses {index}" for index in query.indexes if index not in used]


@pytest.mark.parametrize("name", QUERIES)
def test_the_plan_is_what_the_catalogue_says(seeded: Relations, name: str) -> None:
    assert complaints(QUERIES[name], seeded) == []


@pytest.mark.parametrize(
    ("name", "index"),
    [
        (name, index)
        for name, query in QUERIES.items()
        for index in query.indexes
        if name in {"tasks.list.status", "tasks.list.prd_id", "tasks.search", "tasks.bin"}
    ],
)
def test_without_its_index_a_query_is_noticed(seeded: Relations, name: str, index: str) -> None:
    """The suite can fail: the index goes, inside the test's transaction, and it does."""
    with connection.cursor() as cursor:
        cursor.execute(f"DROP INDEX {index}")
    found = complaints(QUERIES[name], seeded)
    assert f"never uses {index}" in found
    assert any("reads" in complaint or "throws" in complaint for complaint in found)
