"""Puts made-up rows into the database: by COPY, as the owner, in one transaction."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass, field
from typing import Any

from django.db import connection, transaction

from apps.core.partitioning import create_missing_partitions

from .generator import generate
from .pipeline import in_background
from .request import SeedRefusedError, SeedRequest
from .rows import COLUMNS
from .sessions import TABLES, write_sessions
from .suspension import suspended

Progress = Callable[[int], None]

SEEDED_TASKS = """
    FROM tasks JOIN repositories ON repositories.id = tasks.repository_id
    WHERE starts_with(repositories.name, %s) AND tasks.prd_id IS NOT NULL
"""
# What the triggers of tasks would have written: each PRD waits for its handler.
MARK_PRDS = f"""
    INSERT INTO outbox (kind, entity_id) SELECT DISTINCT 'prd', tasks.prd_id {SEEDED_TASKS}
    ON CONFLICT (kind, entity_id) DO NOTHING
"""
# What the handler would make of it; with its triggers off a derived counter makes no version.
COUNT_TASKS = f"""
    UPDATE prds SET task_count = counted.tasks
    FROM (
        SELECT tasks.prd_id, count(*) AS tasks {SEEDED_TASKS} AND tasks.deleted_at IS NULL
        GROUP BY tasks.prd_id
    ) AS counted
    WHERE prds.id = counted.prd_id
"""  # noqa: S608


@dataclass(slots=True)
class Written:
    """What a run has written."""

    partitions: list[str] = field(default_factory=list)
    rows: Counter[str] = field(default_factory=Counter)
    seconds: float = 0.0


def write(request: SeedRequest, *, outbox: bool, progress: Progress) -> Written:
    """Write all rows of `request`, or none: whatever goes wrong, also a lost connection, leaves
    rows, partitions and triggers as they were.

    With `outbox` the PRDs wait in the outbox for their tasks to be counted; without, they are
    counted at once.

    Raises `SeedRefusedError` for the application's login, an unmigrated database, and a seed that
    is there already. Other writers of these tables wait until it is over.
    """
    began = time.monotonic()
    written = Written()
    with transaction.atomic(), connection.cursor() as cursor:
        _refuse_wrong_place(cursor, request)
        written.partitions = create_missing_partitions(since=request.start)
        with suspended(cursor, tuple(COLUMNS)):
            _copy(cursor, request, progress, written.rows)
            cursor.execute(MARK_PRDS if outbox else COUNT_TASKS, [request.prefix])
            if outbox:
                written.rows["outbox"] = cursor.rowcount
        written.rows.update(write_sessions(cursor, request.prefix))
    with connection.cursor() as cursor:
        for table in (*COLUMNS, *TABLES):
            cursor.execute(f"ANALYZE {table}")
    written.seconds = time.monotonic() - began
    return written


def _refuse_wrong_place(cursor: Any, request: SeedRequest) -> None:
    cursor.execute(
        "SELECT pg_has_role(relowner, 'USAGE') FROM pg_class"
        " WHERE oid = to_regclass('public.tasks')"
    )
    found = cursor.fetchone()
    if found is None:
        raise SeedRefusedError("The database has no tables yet: run manage.py migrate first.")
    if not found[0]:
        raise SeedRefusedError(
            "seed switches triggers off, so it needs the owner's login:"
            " set DATABASE_OWNER_URL, and TASKHUB_DATABASE_ROLE=owner (or leave it unset)."
        )
    cursor.execute(
        "SELECT name FROM repositories WHERE starts_with(name, %s) LIMIT 1", [request.prefix]
    )
    if cursor.fetchone() is not None:
        raise SeedRefusedError(
            f"Seed {request.seed} is here already (repositories {request.prefix}…):"
            " another --seed adds more."
        )


def _copy(cursor: Any, request: SeedRequest, progress: Progress, rows: Counter[str]) -> None:
    statements = {
        table: f"COPY {table} ({', '.join(columns)}) FROM STDIN"
        for table, columns in COLUMNS.items()
    }
    with closing(in_background(generate(request))) as blocks:
        for block in blocks:
            with cursor.copy(statements[block.table]) as copy:
                copy.write(block.data)
            rows[block.table] += block.rows
            progress(rows["tasks"])
