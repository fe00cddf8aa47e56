"""`manage.py` on a database of its own."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def manage(urls: dict[str, str], *arguments: str) -> str:
    """What the command prints; it must succeed."""
    done = run(urls, *arguments)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def migrate_to(urls: dict[str, str], targets: dict[str, str]) -> None:
    """Each app to its migration, an empty one meaning the newest."""
    arguments = [f"{app}={number}" for app, number in targets.items()]
    done = _python(urls, "-m", "tests.migrations.migrate_to", *arguments)
    assert done.returncode == 0, done.stdout + done.stderr


def run(urls: dict[str, str], *arguments: str) -> subprocess.CompletedProcess[str]:
    """The command, however it ends."""
    return _python(urls, "manage.py", *arguments)


def _python(urls: dict[str, str], *arguments: str) -> subprocess.CompletedProcess[str]:
    environment = {
        **os.environ,
        **urls,
        "DJANGO_SETTINGS_MODULE": "taskhub.settings.test",
        "TASKHUB_DATABASE_ROLE": "owner",
    }
    return subprocess.run(
        [sys.executable, *arguments],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
    )
