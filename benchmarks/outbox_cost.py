"""What the outbox costs who writes, and how fast a worker empties it, on a scratch database:

    .venv/bin/python -m taskhub.devstack exec -- .venv/bin/python -m benchmarks.outbox_cost

First table: CPU of the one backend that writes (`/proc/<pid>/schedstat`, so the server must run
here) in microseconds a row, with all triggers and with those of the outbox disabled, alternating in
one run, the least of the rounds. Every statement is a transaction of its own, as the application's
login. Second table: entries a second, and CPU of worker and backend for each.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from uuid import uuid4

import psycopg
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict, make_conninfo

ROUNDS = 7
SINGLE = 200
BULK = 1_000
COPIED = 5_000
DOCUMENTS = 1_000
TASKS_EACH = 20
ENTRIES = 100_000
URLS = ("DATABASE_URL", "DATABASE_OWNER_URL")


@contextmanager
def scratch_database() -> Iterator[None]:
    """A migrated database of its own on the given server; Django uses it as the application."""
    owner = os.environ["DATABASE_OWNER_URL"]
    database = f"outbox_cost_{uuid4().hex[:12]}"
    name = sql.Identifier(database)
    with psycopg.connect(make_conninfo(owner, dbname="postgres"), autocommit=True) as session:
        session.execute(sql.SQL("CREATE DATABASE {}").format(name))
        for variable in URLS:
            os.environ[variable] = make_conninfo(os.environ[variable], dbname=database)
        os.environ["DJANGO_SETTINGS_MODULE"] = "taskhub.settings.test"
        try:
            import django

            django.setup()
            from django.core.management import call_command
            from django.db import connection

            call_command("migrate", verbosity=0)
            connection.close()
            login = conninfo_to_dict(os.environ["DATABASE_URL"])
            connection.settings_dict.update(USER=login["user"], PASSWORD=login.get("password", ""))
            yield
            connection.close()
        finally:
            session.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(name))


def as_owner(statement: str, parameters: Sequence[Any] = ()) -> list[Any]:
    """Run one statement as the owner; its rows, if it has any."""
    with psycopg.connect(os.environ["DATABASE_OWNER_URL"], autocommit=True) as session:
        cursor = session.execute(statement, parameters)
        return cursor.fetchall() if cursor.description else []


def switch(verb: str) -> None:
    """ENABLE or DISABLE the triggers of the outbox."""
    names = as_owner(
        "SELECT tgname FROM pg_trigger WHERE tgrelid = 'tasks'::regclass"
        " AND tgname LIKE 'pgtrigger_emit_%%'"
    )
    assert len(names) == 3, names
    for (name,) in names:
        as_owner(f"ALTER TABLE tasks {verb} TRIGGER {name}")


def cpu_ns(pid: int) -> int:
    """CPU time that a process has had, in nanoseconds."""
    return int(Path(f"/proc/{pid}/schedstat").read_text().split()[0])


class Writes:
    """The operations, each over a number of rows that it returns."""

    def __init__(self, session: psycopg.Connection[Any]) -> None:
        self.session = session
        self.repository = session.execute(
            "INSERT INTO repositories (name) VALUES ('bench/outbox') RETURNING id"
        ).fetchone()[0]  # type: ignore[index]
        self.prds = [
            row[0]
            for row in session.execute(
                "INSERT INTO prds (repository_id, filename, content)"
                " SELECT %s, 'document-' || n, 'text' FROM generate_series(1, 50) AS n"
                " RETURNING id",
                [self.repository],
            )
        ]

    def clean(self) -> None:
        """As it was: no task, no entry, no dead rows."""
        for table in ("tasks", "outbox"):
            as_owner(f"DELETE FROM {table}")
            as_owner(f"VACUUM {table}")

    def single_insert(self, prd: bool) -> int:
        for number in range(SINGLE):
            self.session.execute(
                "INSERT INTO tasks (repository_id, content, prd_id) VALUES (%s, 'Dig', %s)",
                [self.repository, self.prds[number % 50] if prd else None],
            )
        return SINGLE

    def bulk_insert(self, prd: bool) -> int:
        self.session.execute(
            "INSERT INTO tasks (repository_id, content, prd_id)"
            " SELECT %s, 'Dig', (%s::uuid[])[1 + n %% 50] FROM generate_series(1, %s) AS n",
            [self.repository, self.prds if prd else [], BULK],
        )
        return BULK

    def copy(self, prd: bool) -> int:
        with (
            self.session.cursor() as cursor,
            cursor.copy("COPY tasks (repository_id, content, prd_id) FROM STDIN") as copy,
        ):
            for number in range(COPIED):
                copy.write_row((self.repository, "Dig", self.prds[number % 50] if prd else None))
        return COPIED

    def single_update(self, prd: bool) -> int:
        """Of a column that marks nothing, or of one that does."""
        some = self.session.execute("SELECT id FROM tasks LIMIT %s", [SINGLE]).fetchall()
        assert len(some) == SINGLE
        change = "prd_id = %s" if prd else "content = 'Rest' || %s::text"
        for number, (task,) in enumerate(some):
            value = self.prds[(number + 1) % 50]
            self.session.execute(f"UPDATE tasks SET {change} WHERE id = %s", [value, task])
        return SINGLE

    def bulk_update(self, prd: bool) -> int:
        change = "prd_id = %s" if prd else "content = 'Sow' || %s::text"
        return self.session.execute(f"UPDATE tasks SET {change}", [self.prds[0]]).rowcount


def measure_writes() -> None:
    """Print what each operation costs with and without the triggers."""
    with psycopg.connect(os.environ["DATABASE_URL"], autocommit=True) as session:
        writes = Writes(session)
        steps: list[tuple[str, Callable[[bool], int], bool]] = [
            (name, operation, prd)
            for name, operation in (
                ("single insert", writes.single_insert),
                ("bulk insert", writes.bulk_insert),
                ("single update", writes.single_update),
                ("bulk update", writes.bulk_update),
                ("COPY", writes.copy),
            )
            for prd in (True, False)
        ]
        best: dict[tuple[str, bool, str], float] = {}
        for turn in range(ROUNDS + 1):
            for verb in ("ENABLE", "DISABLE") if turn % 2 else ("DISABLE", "ENABLE"):
                switch(verb)
                writes.clean()
                for name, operation, prd in steps:
                    before = cpu_ns(session.info.backend_pid)
                    rows = operation(prd)
                    cost = (cpu_ns(session.info.backend_pid) - before) / 1000 / rows
                    key = (name, prd, verb)
                    if turn:  # the first round warms up
                        best[key] = min(cost, best.get(key, cost))
        switch("ENABLE")
        writes.clean()
    print(f"{'CPU µs a row':34}{'with':>9}{'without':>9}{'ratio':>7}")
    for name, _, prd in steps:
        on, off = best[name, prd, "ENABLE"], best[name, prd, "DISABLE"]
        words = ("marks nothing", "marks") if "update" in name else ("of no PRD", "of a PRD")
        print(f"{name + ', ' + words[prd]:34}{on:9.1f}{off:9.1f}{on / off:7.2f}")


def measure_worker() -> None:
    """Print how fast one worker empties the outbox."""
    from django.db import connection

    from apps.outbox.handlers import register_handler
    from apps.outbox.worker import work_once

    register_handler("probe", lambda entity_ids: None)
    as_owner(
        "INSERT INTO outbox (kind, entity_id) SELECT 'probe', uuid7() FROM generate_series(1, %s)",
        [ENTRIES],
    )
    _drain(f"{ENTRIES:,} entries, handler does nothing", work_once, connection)
    repository = as_owner("SELECT id FROM repositories")[0][0]
    as_owner(
        "INSERT INTO prds (repository_id, filename, content)"
        " SELECT %s, 'counted-' || n, 'text' FROM generate_series(1, %s) AS n",
        [repository, DOCUMENTS],
    )
    as_owner(
        "INSERT INTO tasks (repository_id, content, prd_id) SELECT %s, 'Dig', prds.id FROM prds"
        " CROSS JOIN generate_series(1, %s) WHERE filename LIKE 'counted-%%'",
        [repository, TASKS_EACH],
    )
    as_owner("VACUUM ANALYZE tasks")
    _drain(f"{DOCUMENTS:,} PRDs of {TASKS_EACH} tasks, counted", work_once, connection)


def _drain(title: str, work_once: Callable[[], int], connection: Any) -> None:
    connection.ensure_connection()
    backend = connection.connection.info.backend_pid
    entries = 0
    start, own, its = time.monotonic(), time.thread_time(), cpu_ns(backend)
    while done := work_once():
        entries += done
    wall = time.monotonic() - start
    worker = (time.thread_time() - own) / entries * 1e6
    database = (cpu_ns(backend) - its) / entries / 1000
    print(
        f"{title}: {entries / wall:,.0f} a second ({wall:.1f} s);"
        f" CPU µs an entry: worker {worker:.0f}, backend {database:.0f}"
    )


def main() -> None:
    """Print both tables."""
    with scratch_database():
        measure_writes()
        measure_worker()


if __name__ == "__main__":
    main()
