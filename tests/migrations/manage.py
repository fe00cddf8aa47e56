"""`manage.py` on a database of its own."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def manage(urls: dict[str, str], *arguments: str) -> str:
    """What the command prints; it must succeed."""
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
