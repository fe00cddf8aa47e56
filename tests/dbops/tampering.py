"""Statements of somebody with the owner's password, and what is found afterwards."""

from __future__ import annotations

from django.conf import settings as live_settings
from django.db import connection

from apps.core.partitioning import partitions_of
from apps.dbops.integrity.drift import find_drift


def execute(statement: str) -> None:
    names = {
        "app": f'"{live_settings.TASKHUB_APPLICATION_ROLE}"',
        "partition": partitions_of("tasks")[1].name,
        "history": name_of("tasks", "update_update"),
        "copied": name_of("tasks", "insert_insert"),
        "transition": name_of("tasks", "a_transition"),
        "touch": name_of("tasks", "d_touch"),
    }
    with connection.cursor() as cursor:
        for part in statement.split(";;"):
            for name, value in names.items():
                part = part.replace(f"<{name}>", value)
            cursor.execute(part)


def name_of(table: str, kind: str) -> str:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT tgname FROM pg_trigger WHERE tgrelid = %s::regclass"
            " AND tgname LIKE 'pgtrigger\\_' || %s || '\\_%%'",
            [table, kind],
        )
        ((name,),) = cursor.fetchall()
    return str(name)


def found() -> list[str]:
    return [str(finding) for finding in find_drift()]
