"""What the history costs the database, on a scratch database that is dropped afterwards:

    .venv/bin/python -m taskhub.devstack exec -- .venv/bin/python -m benchmarks.audit_cost

CPU of the one backend that works (`/proc/<pid>/schedstat`, so the server must run here), a row,
with all triggers and with the history triggers disabled, alternating in one run; the least of the
rounds. Writes go through the ORM as the application's login, a single one in a transaction of its
own and with a context, as services do it; COPY has no ORM.
"""

from __future__ import annotations

import os
import random
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from uuid import uuid4

import psycopg
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict, make_conninfo

ROUNDS = 9
SINGLE = 150
BULK = 1_000
STOCK = 5_000
WORDS = ["alpha", "beta", "gamma", "delta", "epsilon", "zeta"]
COPY = "COPY tasks (id, repository_id, content, details, tags) FROM STDIN"
BOUNDS = {"single insert": 1.5, "bulk insert": 1.2, "single update": 1.9}
URLS = ("DATABASE_URL", "DATABASE_OWNER_URL")


@contextmanager
def scratch_database() -> Iterator[None]:
    """A database of its own on the given server; the environment names it meanwhile."""
    owner = os.environ["DATABASE_OWNER_URL"]
    name = f"audit_cost_{uuid4().hex[:12]}"
    with psycopg.connect(make_conninfo(owner, dbname="postgres"), autocommit=True) as session:
        session.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
        try:
            for variable in URLS:
                os.environ[variable] = make_conninfo(os.environ[variable], dbname=name)
            yield
        finally:
            drop = sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name))
            session.execute(drop)


def set_up() -> None:
    """Migrate as the owner, then go on as the application."""
    os.environ["DJANGO_SETTINGS_MODULE"] = "taskhub.settings.test"
    import django

    django.setup()
    from django.core.management import call_command
    from django.db import connection

    call_command("migrate", verbosity=0)
    connection.close()
    login = conninfo_to_dict(os.environ["DATABASE_URL"])
    connection.settings_dict.update(USER=login["user"], PASSWORD=login.get("password", ""))


def switch(on: bool) -> None:
    """Enable or disable the history triggers of tasks, as the owner."""
    with psycopg.connect(os.environ["DATABASE_OWNER_URL"]) as session:
        names = session.execute(
            "SELECT tgname FROM pg_trigger WHERE tgrelid = 'tasks'::regclass"
            " AND tgname ~ '^pgtrigger_(insert_insert|update_update|delete_delete)_'"
        ).fetchall()
        assert len(names) == 3, names
        for (name,) in names:
            verb = sql.SQL("ENABLE" if on else "DISABLE")
            session.execute(
                sql.SQL("ALTER TABLE tasks {} TRIGGER {}").format(verb, sql.Identifier(name))
            )


class Bench:
    """The operations, each over a number of rows that it returns."""

    def __init__(self) -> None:
        from apps.repositories.models import Repository
        from apps.tasks.models import Task

        self.task: Any = Task
        self.repository = Repository.objects.create(name="bench/audit")
        self.random = random.Random(7)
        with self.acting():
            for _ in range(STOCK // BULK):
                Task.objects.bulk_create(self.row() for _ in range(BULK))
        self.stock = list(Task.objects.all())

    def events(self) -> int:
        """How many events of tasks there are."""
        from apps.tasks.models import TaskEvent

        return int(TaskEvent.objects.count())

    def acting(self) -> Any:
        """The context that a request has."""
        from apps.core.context import Source, acting

        return acting(source=Source.COMMAND, name="benchmark")

    def row(self) -> Any:
        """A task as they are: a line of content, a paragraph, three tags."""
        words = self.random.choices(WORDS, k=60)
        return self.task(
            repository=self.repository,
            content=" ".join(words)[:60],
            details=" ".join(words)[:300],
            tags=["backend", "database", "release-1"],
            estimated_minutes=60,
            acceptance_criteria=[{"text": "It holds", "met": False, "evidence": ""}],
        )

    def single_insert(self) -> int:
        from django.db import transaction

        rows = [self.row() for _ in range(SINGLE)]
        for row in rows:
            with transaction.atomic():
                row.save(force_insert=True)
        return SINGLE

    def bulk_insert(self) -> int:
        self.task.objects.bulk_create(self.row() for _ in range(BULK))
        return BULK

    def single_update(self) -> int:
        from django.db import transaction

        for task in self.random.sample(self.stock, SINGLE):
            task.details = f"{self.random.random()} " * 15
            with transaction.atomic():
                task.save(update_fields=["details"])
        return SINGLE

    def bulk_update(self) -> int:
        chosen = [task.pk for task in self.random.sample(self.stock, BULK)]
        text = f"{self.random.random()} " * 15
        return int(self.task.objects.filter(id__in=chosen).update(details=text))

    def copy(self) -> int:
        from django.db import connection

        from apps.core.ids import uuid7

        tags = '["backend", "database", "release-1"]'
        with connection.cursor() as cursor, cursor.copy(COPY) as copy:
            for _ in range(BULK):
                row = self.row()
                copy.write_row((uuid7(), self.repository.pk, row.content, row.details, tags))
        return BULK


def backend_cpu() -> Callable[[], int]:
    """Reads the nanoseconds of CPU that this connection's backend has used."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        path = Path(f"/proc/{cursor.fetchone()[0]}/schedstat")
    return lambda: int(path.read_text().split()[0])


def main() -> None:
    """Print the table; exit 1 when a bound is not met."""
    with scratch_database():
        set_up()
        from django.db import connection

        bench = Bench()
        cpu = backend_cpu()
        operations = {
            "single insert": bench.single_insert,
            "bulk insert": bench.bulk_insert,
            "single update": bench.single_update,
            "bulk update": bench.bulk_update,
            "COPY": bench.copy,
        }
        least: dict[tuple[str, bool], float] = {}
        for number in range(ROUNDS):
            for on in (True, False) if number % 2 else (False, True):
                switch(on)
                for name, operation in operations.items():
                    with bench.acting():
                        operation()  # the backend has to read the changed catalogue first
                        events, before = bench.events(), cpu()
                        rows = operation()
                        cost = (cpu() - before) / rows / 1000
                        assert bench.events() - events == (rows if on else 0)
                    key = (name, on)
                    least[key] = min(cost, least.get(key, cost))
        version = connection.pg_version // 10000  # type: ignore[attr-defined]
        connection.close()
    print(f"PostgreSQL {version}, microseconds of backend CPU a row, least of {ROUNDS} rounds")
    missed = False
    for name in operations:
        without, with_history = least[name, False], least[name, True]
        ratio = with_history / without
        bound = BOUNDS.get(name)
        missed = missed or (bound is not None and ratio > bound)
        note = f"  bound x{bound}" if bound else ""
        print(f"{name:>14} {without:8.1f} without {with_history:8.1f} with  x{ratio:.2f}{note}")
    sys.exit(missed)


if __name__ == "__main__":
    main()
