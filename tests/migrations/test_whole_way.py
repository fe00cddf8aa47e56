"""Every migration of ours runs forwards, back to nothing, and forwards again."""

from __future__ import annotations

import psycopg

from .manage import manage


def own_objects(urls: dict[str, str]) -> set[str]:
    """Tables, indexes, constraints, triggers and functions of ours, with their definitions."""
    with psycopg.connect(urls["DATABASE_OWNER_URL"]) as session:
        queries = [
            "SELECT 'table ' || relname || relkind::text FROM pg_class"
            " WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p', 'S')",
            "SELECT indexdef FROM pg_indexes WHERE schemaname = 'public'",
            "SELECT conrelid::regclass || ' ' || conname || ' ' || pg_get_constraintdef(oid)"
            " FROM pg_constraint WHERE connamespace = 'public'::regnamespace",
            "SELECT pg_get_triggerdef(oid) FROM pg_trigger WHERE NOT tgisinternal",
            "SELECT 'column ' || attrelid::regclass || '.' || attname || ' '"
            " || format_type(atttypid, atttypmod) || attnotnull::text"
            " FROM pg_attribute JOIN pg_class ON pg_class.oid = attrelid"
            " WHERE relnamespace = 'public'::regnamespace AND attnum > 0 AND NOT attisdropped",
        ]
        return {row[0] for query in queries for row in session.execute(query).fetchall()}


def test_forwards_backwards_and_forwards_again(scratch_database: dict[str, str]) -> None:
    # Tasks stand on all other apps of ours, and all of them stand on core.
    manage(scratch_database, "migrate", "tasks", "--verbosity", "0")
    first = own_objects(scratch_database)
    assert any("tasks_2" in line for line in first)
    manage(scratch_database, "migrate", "core", "zero", "--verbosity", "0")
    left = own_objects(scratch_database)
    tables = (
        "tasks",
        "prds",
        "task_",
        "repositor",
        "users",
        "api_tokens",
        "prd_",
        "token_",
        "outbox",
    )
    assert not [line for line in left if line.startswith(tuple(f"table {t}" for t in tables))]
    assert not [line for line in left if "uuid7" in line]
    manage(scratch_database, "migrate", "tasks", "--verbosity", "0")
    assert own_objects(scratch_database) == first
