"""Commands as people run them: real processes, with the application's login."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as django_settings
from django.db import connection
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from apps.accounts.models import ApiToken
from apps.accounts.services import digest_of
from apps.prds.models import PRD
from apps.tasks.models import Task
from tests.contracts import nothing_written
from tests.factories import UserFactory

from .documents import PLAN

pytestmark = pytest.mark.processes

Manage = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def manage(transactional_db: None) -> Manage:
    """Runs `manage.py` on the test database, from which it must find nothing else."""
    environment = {
        name: value
        for name, value in os.environ.items()
        if name not in {"TASKHUB_DATABASE_ROLE", "TASKHUB_ADMIN_PASSWORD"}
    }
    environment["DJANGO_SETTINGS_MODULE"] = "taskhub.settings.development"
    for name in ("DATABASE_URL", "DATABASE_OWNER_URL"):
        parameters = conninfo_to_dict(django_settings.ENVIRONMENT.secret(name))
        parameters["dbname"] = connection.settings_dict["NAME"]
        environment[name] = make_conninfo(**parameters)

    def run(*arguments: str | bytes) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "manage.py", *arguments],
            cwd=django_settings.BASE_DIR,
            env=environment,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )

    return run


def test_from_the_first_account_to_the_imported_tasks(manage: Manage, tmp_path: Path) -> None:
    path = tmp_path / "bridge.md"
    path.write_text(PLAN)
    operator = manage("ensure_operator")
    assert (operator.returncode, operator.stderr) == (0, "")
    assert operator.stdout.startswith("Operator account: operator, password: ")

    imported = manage("import_prd", str(path), "--repository", "acme/new", "--create-repository")
    assert (imported.returncode, imported.stderr) == (0, "")
    assert "3 tasks, 3 criteria, 300 minutes, 2 dependencies" in imported.stdout
    task: Any = Task.objects.first()
    event = task.events.get()
    assert event.pgh_context["actor_name"] == "operator"
    assert event.pgh_login == django_settings.TASKHUB_APPLICATION_ROLE

    issued = manage("issue_token", "operator", "--scope", "read", "--repository", "acme/new")
    assert (issued.returncode, issued.stderr) == (0, "")
    assert ApiToken.objects.get().digest == digest_of(issued.stdout.removesuffix("\n"))


@pytest.fixture
def refused(manage: Manage) -> Callable[..., str]:
    """Runs a command that refuses: exit code 1, one line, nothing written; returns the line."""
    UserFactory(username="operator", is_superuser=True)

    def run(*arguments: str | bytes) -> str:
        with nothing_written():
            process = manage(*arguments)
        assert (process.returncode, process.stdout) == (1, "")
        assert process.stderr.startswith("CommandError: ")
        assert process.stderr.count("\n") == 1
        return process.stderr

    return run


def test_files_that_are_no_documents(refused: Callable[..., str], tmp_path: Path) -> None:
    for name, content, message in (
        ("empty.md", b"", "is empty"),
        ("utf16.md", PLAN.encode("utf-16"), "UTF-16"),
        ("large.md", b"x" * (2 * 1024 * 1024 + 1), "the limit is 2,097,152"),
    ):
        path = tmp_path / name
        path.write_bytes(content)
        line = refused("import_prd", str(path), "--repository", "a", "--create-repository")
        assert message in line
    assert "cannot be read" in refused("import_prd", str(tmp_path), "--repository", "a")


def test_bytes_that_are_not_utf_8(refused: Callable[..., str], tmp_path: Path) -> None:
    """A shell passes any bytes, in a file's name and in an option."""
    odd = os.fsencode(tmp_path) + b"/\xff.md"
    Path(os.fsdecode(odd)).write_text(PLAN)
    plain = tmp_path / "plain.md"
    plain.write_text(PLAN)
    new = ("--create-repository", "--repository")
    assert "printable" in refused("import_prd", odd, *new, "a")
    assert "UTF-8" in refused("import_prd", str(plain), "--repository", b"\xff")
    assert "UTF-8" in refused("issue_token", b"\xff", "--scope", "read")


def test_a_dry_run(manage: Manage, tmp_path: Path) -> None:
    UserFactory(username="operator", is_superuser=True)
    path = tmp_path / "bridge.md"
    path.write_text(PLAN)
    with nothing_written():
        process = manage(
            "import_prd", str(path), "--repository", "a", "--create-repository", "--dry-run"
        )
    assert process.returncode == 0
    assert process.stdout.startswith("Would import bridge.md into a: ")
    assert PRD.objects.count() == 0
