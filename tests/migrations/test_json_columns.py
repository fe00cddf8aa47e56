"""Rows that were legal before the JSON columns had schemas."""

from __future__ import annotations

import json
from collections.abc import Iterator

import psycopg
import pytest

from .conftest import new_database
from .manage import manage, migrate_to, run

BEFORE = {"planning": "0008", "tasks": "0014", "prds": "0006", "repositories": "0005"}
# Not PRDs and repositories: theirs come early in the order of migrations, and to go back over them
# Django builds the models anew for each operation of all that come later, for a minute.
BACK = {"planning": "0008", "tasks": "0014"}
NEWEST = dict.fromkeys(BEFORE, "")


@pytest.fixture(scope="module")
def before() -> Iterator[dict[str, str]]:
    """A database as it was before, with a repository: the way there takes most of the time."""
    with new_database() as urls:
        migrate_to(urls, BEFORE)
        manage(urls, "maintain_partitions")
        with psycopg.connect(urls["DATABASE_OWNER_URL"]) as session:
            session.execute("INSERT INTO repositories (name) VALUES ('acme/garden')")
        yield urls


@pytest.fixture
def earlier(before: dict[str, str]) -> Iterator[tuple[dict[str, str], psycopg.Connection]]:
    """A copy of it."""
    with new_database(template=before) as urls:
        with psycopg.connect(urls["DATABASE_OWNER_URL"], autocommit=True) as session:
            yield urls, session


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
    migrate_to(database, NEWEST)
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
    failed = run(database, "migrate", "tasks", "--verbosity", "0")
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
    migrate_to(database, NEWEST)
    assert session.execute(
        "SELECT count(*) FROM pg_constraint WHERE conname LIKE '%\\_schema' AND NOT convalidated"
    ).fetchone() == (0,)


def test_there_and_back(earlier: tuple[dict[str, str], psycopg.Connection]) -> None:
    database, session = earlier
    insert(session, "tags", '["a", "b"]')
    migrate_to(database, NEWEST)
    migrate_to(database, BACK)
    insert(session, "metadata", '{"a": 9007199254740993}')
    with pytest.raises(psycopg.errors.CheckViolation):
        insert(session, "tags", '["a", "a"]')
    migrate_to(database, NEWEST)
