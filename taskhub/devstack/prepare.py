"""Brings schema, demo data and the operator's account up to date: `run`'s only step with Django.

A process of its own, because the supervisor keeps free of Django, and because this one connects
as the owner while everything that serves does not.
"""

from __future__ import annotations

import io
import logging
import os
import re
import sys
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any

from taskhub.devstack.folder import ServerFolder
from taskhub.devstack.report import say, stage


def main() -> int:
    """Run the three commands; 1 when one fails, with its reason on standard error."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "taskhub.settings.development")
    os.environ.setdefault("TASKHUB_DATABASE_ROLE", "owner")
    # The stages tell what happens; only trouble should come between their lines.
    logging.disable(logging.INFO)
    try:
        with stage("Django"):
            import django

            django.setup()
        run_command("check", "settings and models")
        run_command(
            "migrate", "migrations and partitions", summary=count_migrations, interactive=False
        )
        run_command("load_demo", "demo data")
        run_command("ensure_operator", "operator account", summary=str.strip)
    except Exception as error:
        print(f"    {type(error).__name__}: {error}", file=sys.stderr)
        log = ServerFolder(Path(os.environ["TASKHUB_DATA"])).new_log("prepare")
        log.write_text(traceback.format_exc(), encoding="utf-8")
        return 1
    return 0


def run_command(
    name: str, title: str, *, summary: Callable[[str], str] = lambda output: "", **options: Any
) -> None:
    """One management command as a stage; of its output the `summary`, all of it when it fails."""
    from django.core.management import call_command

    output = io.StringIO()
    try:
        with stage(title):
            call_command(name, stdout=output, stderr=output, no_color=True, **options)
    except BaseException:
        say(output.getvalue())
        raise
    for line in filter(None, summary(output.getvalue()).splitlines()):
        say(f"    {line}")


def count_migrations(output: str) -> str:
    """How many migrations ran; nothing when the schema was up to date."""
    applied = len(re.findall(r"^\s+Applying ", output, flags=re.MULTILINE))
    return f"{applied} migrations applied" if applied else ""


if __name__ == "__main__":
    sys.exit(main())
