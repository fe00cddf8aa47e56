"""What the rules of JSON columns cost bulk writes, on a scratch database that is dropped again:

    .venv/bin/python -m taskhub.devstack exec -- .venv/bin/python -m benchmarks.json_checks

100,000 tasks come in by one INSERT, with all triggers on; CPU of the one backend that works
(`/proc/<pid>/schedstat`, so the server must run here), the least of the rounds, in which the sets
of constraints alternate. The sets are taken from the migrations: what was there before the
schemas, the schemas as they came first, and as they are. "Seeded": tags, criteria and metadata as
the seed makes them, half of the tasks scored. "Filled": each with three tags, five criteria,
metadata and a score of eight factors.
"""

from __future__ import annotations

import json
import os
import random
from pathlib import Path
from typing import Any

import psycopg

from .audit_cost import scratch_database, set_up

ROWS = 100_000
ROUNDS = 2
COLUMNS = ("tags", "acceptance_criteria", "complexity_factors", "metadata")
# The migration of tasks after which the constraints were so; none means the newest.
SETS: dict[str, str | None] = {
    "none": None,
    "types, before the schemas": "0014",
    "schemas, as they came": "0016",
    "schemas, now": None,
}
SEEDED, FILLED = "seeded", "filled"


def constraints(prefix: str | None) -> dict[str, str]:
    """The statements that add the CHECKs of the four columns, by name."""
    from django.db import connection
    from django.db.migrations.loader import MigrationLoader

    loader = MigrationLoader(None)
    migration = loader.get_migration_by_prefix("tasks", prefix) if prefix else None
    node = ("tasks", migration.name) if migration else loader.graph.leaf_nodes("tasks")[0]
    model: Any = loader.project_state(node).apps.get_model("tasks", "Task")
    starts = tuple(f"tasks_{column}_" for column in COLUMNS)
    with connection.schema_editor(collect_sql=True) as editor:
        found = {
            each.name: str(each.create_sql(model, editor))
            for each in model._meta.constraints
            if each.name.startswith(starts)
        }
    assert len(found) >= len(COLUMNS), found
    return found


def score() -> str:
    """What TaskHub keeps of a score: eight factors."""
    from apps.prds.complexity import LEVELS

    factor = {"k": 3, "found": 2, "weight": 0.2, "contribution": 0.0973}
    text = "2 of them bring 49 % of the weight"
    factors = [{**factor, "name": f"factor_{n}", "explanation": text} for n in range(8)]
    return json.dumps({"level": LEVELS[1], "inputs_hash": "0" * 64, "factors": factors})


def make_rows(session: psycopg.Connection[Any]) -> None:
    """Tables of values, from which the tasks are inserted."""
    from apps.planning.seed.prose import task_content, task_criteria, task_tags

    uniform = random.Random(7).random
    scored = score()
    criterion = {"text": "It holds when nobody looks", "met": False}
    filled = {
        "tags": '["backend", "database", "release-1"]',
        "acceptance_criteria": json.dumps([criterion] * 5),
        "complexity_factors": scored,
        "metadata": '{"branch": "work"}',
    }
    for kind in (SEEDED, FILLED):
        columns = ", ".join(f"{column} jsonb" for column in COLUMNS)
        session.execute(f"CREATE UNLOGGED TABLE made_{kind} (content text, {columns})")
        with session.cursor().copy(f"COPY made_{kind} FROM STDIN") as copy:
            for _ in range(ROWS):
                seeded = (
                    task_tags(uniform, "garden"),
                    task_criteria(uniform),
                    scored if uniform() < 0.5 else "{}",
                    '{"branch": "work"}' if uniform() < 0.05 else "{}",
                )
                values = seeded if kind == SEEDED else tuple(filled[c] for c in COLUMNS)
                copy.write_row((task_content(uniform), *values))


def cpu(session: psycopg.Connection[Any]) -> float:
    """Seconds of CPU that the session's backend has used."""
    text = Path(f"/proc/{session.info.backend_pid}/schedstat").read_text()
    return int(text.split()[0]) / 1e9


def insert(session: psycopg.Connection[Any], kind: str) -> float:
    """Seconds of CPU for all rows; they are gone afterwards."""
    columns = ", ".join(("content", *COLUMNS))
    began = cpu(session)
    done = session.execute(
        f"INSERT INTO tasks (repository_id, {columns})"
        f" SELECT repositories.id, {columns} FROM made_{kind}, repositories"
    )
    took = cpu(session) - began
    assert done.rowcount == ROWS
    session.execute("TRUNCATE tasks, tasks_events CASCADE")
    return took


def measure(session: psycopg.Connection[Any]) -> dict[tuple[str, str], float]:
    """The least of the rounds, by set and kind of rows."""
    sets = {name: {} if name == "none" else constraints(prefix) for name, prefix in SETS.items()}
    there = list(sets["schemas, now"])
    least: dict[tuple[str, str], float] = {}
    for number in range(ROUNDS):
        for name in list(sets)[:: 1 if number % 2 else -1]:
            for each in there:
                session.execute(f'ALTER TABLE tasks DROP CONSTRAINT "{each}"')
            for statement in sets[name].values():
                session.execute(statement)
            there = list(sets[name])
            for kind in (SEEDED, FILLED):
                took = insert(session, kind)
                least[name, kind] = min(took, least.get((name, kind), took))
    return least


def main() -> None:
    """Print the table."""
    with scratch_database():
        set_up()
        with psycopg.connect(os.environ["DATABASE_OWNER_URL"], autocommit=True) as session:
            session.execute("INSERT INTO repositories (name) VALUES ('bench/json')")
            make_rows(session)
            least = measure(session)
            version = session.info.server_version // 10000
        from django.db import connection

        connection.close()
    print(f"PostgreSQL {version}, seconds of backend CPU for {ROWS:,} tasks, least of {ROUNDS}")
    for kind in (SEEDED, FILLED):
        print(f"{kind:>26}            to none   to types")
        for name in SETS:
            took = least[name, kind]
            none, types = (took / least[other, kind] for other in list(SETS)[:2])
            print(f"{name:>26} {took:8.2f}   x{none:.2f}     x{types:.2f}")


if __name__ == "__main__":
    main()
