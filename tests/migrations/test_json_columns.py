"""Rows that were legal before the JSON columns had schemas."""

from __future__ import annotations

import json
from collections.abc import Iterator

import psycopg
import pytest

from .manage import manage, run

BEFORE = {"planning": "0008", "tasks": "0014", "prds": "0006", "repositories": "0005"}
NOT_VALID = {"planning": "0009", "tasks": "0015"}


@pytest.fixture
def earlier(scratch_database: dict[str, str]) -> Iterator[tuple[dict[str, str], psycopg.Connection]]:
    """A database as it was before, with a repository."""
    for app, migration in BEFORE.items():
        manage(scratch_database, "migrate", app, migration, "--verbosity", "0")
    with psycopg.connect(scratch_database["DATABASE_OWNER_URL"], autocommit=True) as session:
        session.execute("INSERT INTO repositories (name) VALUES ('acme/garden')")
        yield scratch_database, session


def insert(session: psycopg.Connection, column: str, value: str) -> str:
    ((key,),) = session.execute(
        f"INSERT INTO tasks (repository_id, content, {column})"
        " SELECT id, 'x', %s::jsonb FROM repositories RETURNING id::text",
        [value],
    ).fetchall()
    return str(key)


def test_numbers_that_few_can_read_become_text(
    earlier: tuple[dict[str, str], psycopg.Connection],
) -> None:
    database, session = earlier
    big = '{"a": [9007199254740993, {"b": -1e300}], "c": 0.1000000000000000055511151231257827, "d": 5}'
    key = insert(session, "metadata", big)
    other = insert(session, "metadata", '{"a": 9007199254740991}')
    manage(database, "migrate", "--verbosity", "0")
    ((text, version),) = session.execute(
        "SELECT metadata::text, version FROM tasks WHERE id = %s", [key]
    ).fetchall()
    kept = json.loads(text)
    assert kept["a"] == ["9007199254740993", {"b": "-1" + "0" * 300}]
    assert kept["d"] == 5
    assert "0.1000000000000000055511151231257827" in text
    assert version == 2, "the change is in the history"
    ((version,),) = session.execute("SELECT version FROM tasks WHERE id = %s", [other]).fetchall()
    assert version == 1


def test_a_row_that_cannot_be_repaired_is_named(
    earlier: tuple[dict[str, str], psycopg.Connection],
) -> None:
    database, session = earlier
    wrong = insert(session, "acceptance_criteria", '[{"text": "a", "met": true, "note": "x"}]')
    failed = run(database, "migrate", "--verbosity", "0")
    assert failed.returncode != 0
    told = failed.stdout + failed.stderr
    assert "Traceback" not in told
    assert f"{wrong}: /0/note `note` is not known here; known are: text, met, evidence" in told
    assert "run migrate again" in told
    # What is new keeps the rule from then on; what is there can be mended.
    with pytest.raises(psycopg.errors.CheckViolation):
        insert(session, "acceptance_criteria", '[{"text": ""}]')
    session.execute(
        "UPDATE tasks SET acceptance_criteria = '[{\"text\": \"a\", \"met\": true}]' WHERE id = %s",
        [wrong],
    )
    manage(database, "migrate", "--verbosity", "0")
    assert session.execute(
        "SELECT count(*) FROM pg_constraint WHERE conname LIKE '%\\_schema' AND NOT convalidated"
    ).fetchone() == (0,)


def test_there_and_back(earlier: tuple[dict[str, str], psycopg.Connection]) -> None:
    database, session = earlier
    insert(session, "tags", '["a", "b"]')
    manage(database, "migrate", "--verbosity", "0")
    for app, migration in NOT_VALID.items():
        manage(database, "migrate", app, migration, "--verbosity", "0")
    for app, migration in BEFORE.items():
        manage(database, "migrate", app, migration, "--verbosity", "0")
    insert(session, "metadata", '{"a": 9007199254740993}')
    with pytest.raises(psycopg.errors.CheckViolation):
        insert(session, "tags", '["a", "a"]')
    manage(database, "migrate", "--verbosity", "0")
