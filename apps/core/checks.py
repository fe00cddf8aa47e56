"""Numbered system checks: what is wrong with the environment and with the server behind it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, register
from django.core.checks import Warning as CheckWarning
from django.db import connections

from .partitioning import partitioned_models

OLDEST_SERVER = 150000
NEWEST_TESTED_MAJOR = 18


@register(Tags.security)
def check_environment(**kwargs: Any) -> list[CheckMessage]:
    """taskhub.E001 a setting is missing; taskhub.E002 a setting is wrong."""
    return [
        Error(
            f"{problem.name} {problem.message}.",
            hint=problem.hint,
            id="taskhub.E001" if problem.missing else "taskhub.E002",
        )
        for problem in settings.ENVIRONMENT.problems
    ]


@register(Tags.database)
def check_server(databases: Sequence[str] | None = None, **kwargs: Any) -> list[CheckMessage]:
    """taskhub.E010 the server is too old; taskhub.W010 newer than any that was tested."""
    messages: list[CheckMessage] = []
    for alias in databases or ():
        version = connections[alias].pg_version  # type: ignore[attr-defined]
        if version < OLDEST_SERVER:
            messages.append(
                Error(
                    f"The PostgreSQL server of {alias!r} is version {version // 10000}.",
                    hint="TaskHub needs PostgreSQL 15 or newer.",
                    id="taskhub.E010",
                )
            )
        elif version // 10000 > NEWEST_TESTED_MAJOR:
            messages.append(
                CheckWarning(
                    f"PostgreSQL {version // 10000} is newer than any that TaskHub was tested on.",
                    hint=f"Tested are 15 to {NEWEST_TESTED_MAJOR}.",
                    id="taskhub.W010",
                )
            )
    return messages


@register(Tags.database)
def check_partitioned_tables(
    databases: Sequence[str] | None = None, **kwargs: Any
) -> list[CheckMessage]:
    """taskhub.E011 a table that should be partitioned is an ordinary one."""
    messages: list[CheckMessage] = []
    tables = [model._meta.db_table for model in partitioned_models()]
    for alias in databases or ():
        with connections[alias].cursor() as cursor:
            cursor.execute(
                "SELECT relname FROM pg_class WHERE relname = ANY(%s) AND relkind = 'r'"
                " AND relnamespace = 'public'::regnamespace",
                [tables],
            )
            plain = [name for (name,) in cursor.fetchall()]
        messages.extend(
            Error(
                f"The table {name} is not partitioned.",
                hint="Its migration does not come from this project's makemigrations: redo it.",
                id="taskhub.E011",
            )
            for name in sorted(plain)
        )
    return messages
