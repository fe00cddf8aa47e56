"""What was deleted before deletions had batches gets one each."""

from __future__ import annotations

import psycopg

from apps.core.ids import uuid7_time

from .manage import manage

BEFORE = {"task_templates": "0001", "prds": "0001", "tasks": "0002"}
AFTER = {"task_templates": "0002", "prds": "0002", "tasks": "0003"}


def test_each_deleted_row_gets_a_batch_of_its_own_time(scratch_database: dict[str, str]) -> None:
    url = scratch_database["DATABASE_OWNER_URL"]
    manage(scratch_database, "migrate", "tasks", BEFORE["tasks"], "--verbosity", "0")
    for app in ("prds", "task_templates"):
        manage(scratch_database, "migrate", app, BEFORE[app], "--verbosity", "0")
    with psycopg.connect(url) as session:
        session.execute("INSERT INTO repositories (name) VALUES ('acme/garden')")
        for count in range(2):
            session.execute(
                "INSERT INTO prds (repository_id, filename, content, deleted_at)"
                " SELECT id, %s, 'x', now() - interval '40 days' FROM repositories",
                [f"{count}.md"],
            )
            session.execute(
                "INSERT INTO task_templates (name, deleted_at)"
                " VALUES (%s, now() - interval '40 days')",
                [f"{count}"],
            )
            session.execute(
                "INSERT INTO tasks (repository_id, content, deleted_at)"
                " SELECT id, 'x', now() - interval '40 days' FROM repositories"
            )
        session.execute(
            "INSERT INTO tasks (repository_id, content) SELECT id, 'live' FROM repositories"
        )
    manage(scratch_database, "migrate", "tasks", AFTER["tasks"], "--verbosity", "0")
    with psycopg.connect(url) as session:
        for table in BEFORE:
            deletions = session.execute(
                f"SELECT deleted_at, deletion_batch FROM {table} WHERE deleted_at IS NOT NULL"
            ).fetchall()
            assert len({batch for _, batch in deletions}) == 2
            for moment, batch in deletions:
                assert batch.version == 7
                assert abs((uuid7_time(batch) - moment).total_seconds()) < 0.002
        live = session.execute("SELECT count(*) FROM tasks WHERE deletion_batch IS NULL").fetchone()
        assert live == (1,)
    for app, migration in BEFORE.items():
        manage(scratch_database, "migrate", app, migration, "--verbosity", "0")
    with psycopg.connect(url) as session:
        assert session.execute("SELECT count(*) FROM tasks").fetchone() == (3,)
