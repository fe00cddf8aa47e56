"""Commands as processes of their own, on the test's database."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from django.conf import settings
from django.db import connection
from psycopg.conninfo import make_conninfo

ROOT = Path(__file__).resolve().parents[1]


@contextlib.contextmanager
def process(*command: str, role: str = "application") -> Iterator[subprocess.Popen[str]]:
    """A process on the test's database, with the login of `role`; it is killed in the end."""
    database = str(connection.settings_dict["NAME"])
    urls = {
        name: make_conninfo(**{**settings.ENVIRONMENT.postgres(name), "dbname": database})
        for name in ("DATABASE_URL", "DATABASE_OWNER_URL")
    }
    child = subprocess.Popen(
        [sys.executable, *command],
        cwd=ROOT,
        env={
            **os.environ,
            **urls,
            "PYTHONPATH": str(ROOT),
            "DJANGO_SETTINGS_MODULE": "taskhub.settings.development",
            "TASKHUB_DATABASE_ROLE": role,
        },
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    try:
        yield child
    finally:
        child.kill()
        child.wait()
        assert child.stdout is not None
        child.stdout.close()


def await_line(child: subprocess.Popen[str], *parts: str) -> None:
    """Read the process's output until a line holds one of `parts`."""
    assert child.stdout is not None
    seen = []
    for line in child.stdout:
        seen.append(line)
        if any(part in line for part in parts):
            return
    raise AssertionError("".join(seen))
