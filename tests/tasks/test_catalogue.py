"""The catalogue is complete: each index has its query or its reason, each filter its query."""

from __future__ import annotations

import pytest
from django.db import connection

from apps.core.catalogue import NamedQuery, named_queries, other_indexes, register_query
from apps.tasks.api.views import TaskViewSet

TABLES = ["tasks", "task_dependencies", "task_external_keys"]


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


@pytest.mark.parametrize("name", TaskViewSet.filters)
def test_every_filter_of_the_api_has_its_query(name: str) -> None:
    names = named_queries()
    if name == "repository":
        assert "tasks.list" in names
    else:
        short = name.removesuffix("_after").removesuffix("_before")
        assert any(query.startswith(f"tasks.list.{short}") for query in names), name


def test_a_name_is_given_once() -> None:
    query = next(iter(named_queries().values()))
    assert isinstance(query, NamedQuery)
    with pytest.raises(ValueError, match="already"):
        register_query(query)
