"""Migrations say what they do, can be undone, and make partitioned tables by themselves."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from django.db.migrations.loader import MigrationLoader

ROOT = Path(__file__).resolve().parents[2]
APPS = [
    *("tasks", "prds", "task_templates", "task_patterns", "repositories", "outbox", "accounts"),
    *("core", "work_sessions"),
]


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
    assert text.count("PostgresCreatePartitionedModel(") == 21


@pytest.mark.processes
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
