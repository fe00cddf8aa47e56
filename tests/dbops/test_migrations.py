"""Every migration of ours runs forwards, back to nothing, and forwards again."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from django.conf import settings
from django.db.migrations.loader import MigrationLoader
from psycopg import sql

from apps.core.ids import uuid7

ROOT = Path(__file__).resolve().parents[2]
APPS = [
    *("tasks", "prds", "task_templates", "task_patterns", "repositories", "outbox", "accounts"),
    "core",
]


@pytest.fixture
def scratch_database() -> Iterator[dict[str, str]]:
    """An empty database of its own; yields the environment that names it."""
    owner = settings.ENVIRONMENT.postgres("DATABASE_OWNER_URL")
    name = f"migrations_{uuid7().hex[:24]}"
    with psycopg.connect(**{**owner, "dbname": "postgres"}, autocommit=True) as session:
        session.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
        try:
            urls = {}
            for variable in ("DATABASE_URL", "DATABASE_OWNER_URL"):
                parameters = settings.ENVIRONMENT.postgres(variable)
                urls[variable] = psycopg.conninfo.make_conninfo(**{**parameters, "dbname": name})
            yield urls
        finally:
            drop = sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name))
            session.execute(drop)


def manage(urls: dict[str, str], *arguments: str) -> str:
    environment = {
        **os.environ,
        **urls,
        "DJANGO_SETTINGS_MODULE": "taskhub.settings.test",
        "TASKHUB_DATABASE_ROLE": "owner",
    }
    done = subprocess.run(
        [sys.executable, "manage.py", *arguments],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


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


def test_migrations_are_named_and_reversible() -> None:
    loader = MigrationLoader(None)
    for (label, name), migration in loader.disk_migrations.items():
        if label in APPS:
            assert "auto" not in name
            assert "initial" not in name
            assert all(operation.reversible for operation in migration.operations)


def test_tasks_and_history_are_created_partitioned() -> None:
    """The plain makemigrations writes what the partitioned models need, without a DEFAULT."""
    text = "".join(
        path.read_text() for app in APPS for path in (ROOT / "apps" / app / "migrations").glob("0*")
    )
    assert "PostgresAddDefaultPartition" not in text
    assert text.count("PostgresCreatePartitionedModel(") == 15


def test_makemigrations_partitions_by_itself(tmp_path: Path) -> None:
    """The plain command, on a model that no migration knows yet."""
    package = tmp_path / "later"
    package.mkdir()
    (package / "__init__.py").write_text("")
    (package / "models.py").write_text(
        "from psqlextra.models import PostgresPartitionedModel\n"
        "from psqlextra.types import PostgresPartitioningMethod\n"
        "from apps.core.fields import id_field\n\n\n"
        "class Reading(PostgresPartitionedModel):\n"
        "    class PartitioningMeta:\n"
        "        method = PostgresPartitioningMethod.RANGE\n"
        "        key = ['id']\n\n"
        "    id = id_field()\n"
    )
    (tmp_path / "later_settings.py").write_text(
        "from taskhub.settings.test import *\nINSTALLED_APPS = [*INSTALLED_APPS, 'later']\n"
    )
    environment = {
        **os.environ,
        "PYTHONPATH": f"{tmp_path}{os.pathsep}{ROOT}",
        "DJANGO_SETTINGS_MODULE": "later_settings",
    }
    done = subprocess.run(
        [sys.executable, str(ROOT / "manage.py"), "makemigrations", "later", "--name", "readings"],
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    written = (package / "migrations" / "0001_readings.py").read_text()
    assert "PostgresCreatePartitionedModel(" in written
    assert "Default" not in written
