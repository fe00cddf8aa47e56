"""System checks of the server behind the settings."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection, connections

from apps.core.checks import check_partitioned_tables, check_server

pytestmark = pytest.mark.django_db


def test_nothing_to_say_of_a_good_database() -> None:
    assert check_server(databases=["default"]) == []
    assert check_partitioned_tables(databases=["default"]) == []
    assert check_server(databases=None) == []


@pytest.mark.parametrize(
    ("version", "number"), [(140012, "taskhub.E010"), (190001, "taskhub.W010")]
)
def test_versions_that_nobody_tried_are_named(
    version: int, number: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(connections["default"].__dict__, "pg_version", version)
    assert [message.id for message in check_server(databases=["default"])] == [number]


def test_a_table_that_lost_its_partitions_is_named() -> None:
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE tasks_events RENAME TO tasks_events_aside")
        cursor.execute("CREATE TABLE tasks_events (pgh_id uuid)")
    messages: list[Any] = check_partitioned_tables(databases=["default"])
    assert [(message.id, "tasks_events" in message.msg) for message in messages] == [
        ("taskhub.E011", True)
    ]
