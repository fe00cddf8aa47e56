"""What the seed command writes is consistent: each rule is a question that finds no row."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from graphlib import TopologicalSorter
from typing import Any

import pytest
from django.apps import apps
from django.db import connection, models, transaction
from pytest_django.plugin import DjangoDbBlocker

from apps.core.partitioning import partitioned_models
from apps.planning.seed.request import SeedRequest
from apps.planning.seed.rows import COLUMNS
from apps.planning.seed.writer import write
from apps.tasks.lifecycle import TRANSITIONS

TASKS = 2_000
UNTIL = datetime(2026, 11, 1, tzinfo=UTC)
REQUEST = SeedRequest(tasks=TASKS, repositories=9, seed=7, until=UNTIL)

# Columns that made-up rows leave at their defaults.
LEFT_OUT = {
    "repositories": {"settings", "archived_at"},
    "prds": {
        "parse_errors", "task_count", "complexity_score", "complexity_level", "complexity_version",
        "complexity_factors", "metadata", "revision", "deleted_by_id",
    },
    "prd_revisions": set(),
    "tasks": {
        "complexity_score", "complexity_version", "complexity_factors", "pattern_id", "template_id",
        "dependencies_changed_at", "deleted_by_id", "removed_from_prd_at",
    },
    "task_dependencies": set(),
    "task_external_keys": set(),
    "task_claims": {"actor_id"},
}  # fmt: skip
EVENTS_LEFT_OUT = {"pgh_context_id", "pgh_login"}

RULES = {
    "dependencies stay in their repository": """
        SELECT 1 FROM task_dependencies d JOIN tasks a ON a.id = d.task_id
        JOIN tasks b ON b.id = d.depends_on_id WHERE a.repository_id <> b.repository_id""",
    "nothing waits for what it stands below": """
        WITH RECURSIVE above (id, upper) AS (
          SELECT id, parent_task_id FROM tasks WHERE parent_task_id IS NOT NULL
          UNION SELECT above.id, t.parent_task_id FROM above JOIN tasks t ON t.id = above.upper
          WHERE t.parent_task_id IS NOT NULL
        )
        SELECT 1 FROM above JOIN task_dependencies d ON d.task_id = above.id
        AND d.depends_on_id = above.upper AND d.kind = 'blocks'""",
    "claims are of open, live tasks": """
        SELECT 1 FROM task_claims c JOIN tasks t ON t.id = c.task_id
        WHERE t.status NOT IN ('pending', 'in_progress') OR t.deleted_at IS NOT NULL""",
    "parents and PRDs, too": """
        SELECT 1 FROM tasks t LEFT JOIN tasks p ON p.id = t.parent_task_id
        LEFT JOIN prds d ON d.id = t.prd_id
        WHERE t.repository_id <> p.repository_id OR t.repository_id <> d.repository_id""",
    "a parent is older": "SELECT 1 FROM tasks WHERE parent_task_id > id",
    "at most three levels": """
        SELECT 1 FROM tasks a JOIN tasks b ON b.parent_task_id = a.id
        JOIN tasks c ON c.parent_task_id = b.id JOIN tasks d ON d.parent_task_id = c.id""",
    "completed_at belongs to completed": """
        SELECT 1 FROM tasks WHERE (status = 'completed') <> (completed_at IS NOT NULL)""",
    "started_at belongs to work": """
        SELECT 1 FROM tasks WHERE status = 'pending' AND started_at IS NOT NULL
        OR status = 'in_progress' AND started_at IS NULL""",
    "times are in order": f"""
        SELECT 1 FROM tasks WHERE started_at < created_at OR completed_at < started_at
        OR updated_at < greatest(created_at, started_at, completed_at, deleted_at)
        OR updated_at > '{UNTIL.isoformat()}'""",
    "what is closed was not blocked": """
        SELECT 1 FROM tasks t JOIN task_dependencies d ON d.task_id = t.id AND d.kind = 'blocks'
        JOIN tasks b ON b.id = d.depends_on_id
        WHERE t.status IN ('completed', 'cancelled') AND b.deleted_at IS NULL
          AND b.status NOT IN ('completed', 'cancelled')""",
    "what is closed has no open child": """
        SELECT 1 FROM tasks t JOIN tasks c ON c.parent_task_id = t.id
        WHERE t.status IN ('completed', 'cancelled') AND t.deleted_at IS NULL
          AND c.deleted_at IS NULL AND c.status NOT IN ('completed', 'cancelled')""",
    "live tasks have live parents and PRDs": """
        SELECT 1 FROM tasks t LEFT JOIN tasks p ON p.id = t.parent_task_id
        LEFT JOIN prds d ON d.id = t.prd_id
        WHERE t.deleted_at IS NULL AND (p.deleted_at IS NOT NULL OR d.deleted_at IS NOT NULL)""",
    "a batch is one moment": """
        SELECT deletion_batch FROM (
          SELECT deletion_batch, deleted_at FROM tasks
          UNION SELECT deletion_batch, deleted_at FROM prds
        ) AS deleted WHERE deletion_batch IS NOT NULL
        GROUP BY deletion_batch HAVING count(DISTINCT deleted_at) > 1""",
    "a batch carries its time": """
        SELECT 1 FROM tasks WHERE uuid7_time(deletion_batch) <> deleted_at""",
    "each version has its event": """
        SELECT t.id FROM tasks t LEFT JOIN tasks_events e ON e.pgh_obj_id = t.id
        GROUP BY t.id, t.version HAVING count(e.version) <> t.version
        OR count(DISTINCT e.version) <> t.version OR max(e.version) <> t.version""",
    "events are in order of time and say so in their ids": """
        SELECT 1 FROM (
          SELECT pgh_id, pgh_created_at, updated_at, lag(pgh_created_at) OVER one AS before
          FROM tasks_events WINDOW one AS (PARTITION BY pgh_obj_id ORDER BY version)
        ) AS e WHERE before >= pgh_created_at OR uuid7_time(pgh_id) <> pgh_created_at
          OR updated_at <> pgh_created_at""",
    "the first event is the insert": """
        SELECT 1 FROM tasks_events WHERE (version = 1) <> (pgh_label = 'insert')""",
    "events say who and through what": """
        SELECT 1 FROM tasks_events WHERE pgh_context ->> 'actor_name' IS NULL
        OR pgh_context ->> 'source' IS NULL OR pgh_context ->> 'request_id' IS NULL""",
    "what came with a task came in one transaction": """
        SELECT 1 FROM tasks_events t JOIN task_dependencies_events d ON d.task_id = t.pgh_obj_id
        WHERE t.version = 1
          AND (d.pgh_xact, d.pgh_context) IS DISTINCT FROM (t.pgh_xact, t.pgh_context)""",
    "what was deleted together was so in one transaction": """
        SELECT deletion_batch FROM (
          SELECT t.deletion_batch, e.pgh_xact FROM tasks t
          JOIN tasks_events e ON e.pgh_obj_id = t.id AND e.version = t.version
          UNION SELECT p.deletion_batch, e.pgh_xact FROM prds p
          JOIN prds_events e ON e.pgh_obj_id = p.id AND e.version = p.version
        ) AS deleted WHERE deletion_batch IS NOT NULL
        GROUP BY deletion_batch HAVING count(*) > 1""",
    "revisions are those of their PRDs": """
        SELECT 1 FROM prds p LEFT JOIN prd_revisions r ON r.prd_id = p.id AND r.number = p.revision
        WHERE r.content IS DISTINCT FROM p.content OR r.content_hash <> p.content_hash
        OR encode(sha256(convert_to(p.content, 'UTF8')), 'hex') <> p.content_hash""",
    "sections are lines of their PRDs": """
        SELECT 1 FROM tasks t JOIN prds p ON p.id = t.prd_id
        WHERE (string_to_array(p.content, E'\\n'))[t.source_first_line]
          <> '## ' || t.source_section""",
    "the counters agree": """
        SELECT 1 FROM prds p WHERE task_count <>
          (SELECT count(*) FROM tasks t WHERE t.prd_id = p.id AND t.deleted_at IS NULL)""",
}  # fmt: skip
# And there is something for each rule to be true of.
SHARES = {
    "children": ("parent_task_id IS NOT NULL", 0.1),
    "of PRDs": ("prd_id IS NOT NULL", 0.15),
    "deleted": ("deleted_at IS NOT NULL", 0.01),
    "completed": ("status = 'completed'", 0.5),
    "pending": ("status = 'pending' AND deleted_at IS NULL", 0.05),
    "with a session": ("session_id <> ''", 0.3),
    "with a due time": ("due_at IS NOT NULL", 0.2),
    "with an assignee": ("assignee <> ''", 0.5),
    "with tags": ("tags <> '[]'", 0.4),
    "with criteria": ("acceptance_criteria <> '[]'", 0.2),
    "with details of some length": ("length(details) BETWEEN 200 AND 500", 0.5),
}


@pytest.fixture(scope="module")
def seeded(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[None]:
    """The rows of REQUEST; gone when the module is."""
    with django_db_blocker.unblock(), transaction.atomic():
        write(REQUEST, outbox=False, progress=lambda done: None)
        yield
        transaction.set_rollback(True)


@pytest.fixture
def ask(seeded: None, db: None) -> Any:
    """Asks the database; returns all rows."""

    def execute(sql: str, *parameters: Any) -> list[tuple[Any, ...]]:
        with connection.cursor() as cursor:
            cursor.execute(sql, parameters or None)
            return cursor.fetchall()

    return execute


@pytest.mark.parametrize("rule", RULES.values(), ids=RULES.keys())
def test_no_row_breaks_a_rule(ask: Any, rule: str) -> None:
    assert ask(rule) == []


@pytest.mark.parametrize(("condition", "share"), SHARES.values(), ids=SHARES.keys())
def test_there_are_rows_of_every_kind(ask: Any, condition: str, share: float) -> None:
    [(found,)] = ask(f"SELECT count(*) FROM tasks WHERE {condition}")
    assert share * TASKS < found < TASKS


def test_every_task_has_been_written(ask: Any) -> None:
    assert ask("SELECT count(*) FROM tasks") == [(TASKS,)]


def test_repositories_are_of_very_different_sizes(ask: Any) -> None:
    sizes = [n for (n,) in ask("SELECT count(*) FROM tasks GROUP BY repository_id ORDER BY 1")]
    assert len(sizes) == REQUEST.repositories
    assert sizes[-1] > 5 * sizes[0]


def test_later_quarters_hold_more(ask: Any) -> None:
    by_quarter = [n for (n,) in ask(
        "SELECT count(*) FROM tasks GROUP BY tableoid ORDER BY min(id::text)"
    )]  # fmt: skip
    assert len(by_quarter) >= 8
    assert by_quarter[-2] > 2 * by_quarter[1]  # whole ones


@pytest.mark.parametrize("edge", [
    "SELECT task_id, depends_on_id FROM task_dependencies",
    "SELECT id, parent_task_id FROM tasks WHERE parent_task_id IS NOT NULL",
])  # fmt: skip
def test_nothing_waits_for_itself(ask: Any, edge: str) -> None:
    graph: dict[Any, list[Any]] = {}
    edges = ask(edge)
    for task, other in edges:
        graph.setdefault(task, []).append(other)
    assert len(edges) > TASKS / 10
    TopologicalSorter(graph).prepare()  # raises for a circle


def test_the_moves_are_legal(ask: Any) -> None:
    moves = ask("""
        SELECT DISTINCT before, status FROM (
          SELECT status, lag(status) OVER (PARTITION BY pgh_obj_id ORDER BY version) AS before
          FROM tasks_events
        ) AS moved WHERE before <> status""")
    assert len(moves) >= 7
    assert all(after in TRANSITIONS[before] for before, after in moves)


@pytest.mark.parametrize("table", LEFT_OUT)
def test_the_last_event_is_the_row(ask: Any, table: str) -> None:
    shared = ", ".join(column for column in COLUMNS[f"{table}_events"] if column in COLUMNS[table])
    rows = f"SELECT id, {shared} FROM {table}"
    images = f"""
        SELECT DISTINCT ON (pgh_obj_id) pgh_obj_id, {shared} FROM {table}_events
        ORDER BY pgh_obj_id, version DESC"""
    assert ask(f"({rows} EXCEPT ({images})) UNION ALL (({images}) EXCEPT {rows})") == []
    assert ask(f"SELECT 1 FROM {table} LIMIT 1") == [(1,)]


def test_every_column_is_written_or_left_out_on_purpose() -> None:
    """A new column has to be thought of here."""
    by_table = {model._meta.db_table: model for model in apps.get_models()}
    for table, left_out in LEFT_OUT.items():
        for name, kept_out in ((table, left_out), (f"{table}_events", left_out | EVENTS_LEFT_OUT)):
            columns = {
                field.column
                for field in by_table[name]._meta.concrete_fields
                if not isinstance(field, models.GeneratedField)
            }
            assert set(COLUMNS[name]) == columns - kept_out, name


def test_the_partitions_reach_back_to_the_first_row(ask: Any) -> None:
    """Of every partitioned table, without a gap: the two tables of one change stay in step."""
    for model in partitioned_models():
        [(first,)] = ask(
            "SELECT min(relname) FROM pg_class JOIN pg_inherits ON oid = inhrelid"
            " WHERE inhparent = %s::regclass", model._meta.db_table
        )  # fmt: skip
        assert first == f"{model._meta.db_table}_2024q4"
