"""Emptying the tables after a test that committed, at the price of what it wrote.

Django truncates every table with all its partitions, and makes permissions and content types anew:
a second and more for each such test, whatever it wrote.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.apps import apps
from django.contrib.auth.management import _get_all_permissions
from django.contrib.auth.models import Permission
from django.core.management.sql import emit_post_migrate_signal
from django.db import connection, transaction
from django.test import TransactionTestCase

from .serially import serially

# Made by migrate, and the same for every test.
KEPT = {"django_content_type", "auth_permission"}
# The rows of other tables go with those of the first, and hold on to those of the last.
FIRST = ("prd_plans", "prds", "tasks")
LAST = ("mining_runs", "repositories", "users")


def empty_tables(self: TransactionTestCase) -> None:
    """Delete the rows that there are, for Django's `_fixture_teardown`."""
    del self
    tables = {
        model._meta.db_table
        for model in apps.get_models(include_auto_created=True)
        if model._meta.managed and not model._meta.proxy
    }
    histories = sorted(table for table in tables if table.endswith("_events"))
    others = sorted(tables - KEPT - {*FIRST, *LAST, *histories})
    with transaction.atomic(), connection.cursor() as cursor:
        # Histories at the end: a deletion is an event.
        for group in (FIRST, others, LAST, histories):
            for table in _with_rows(cursor, group):
                cursor.execute(f'DELETE FROM "{table}"')
    if Permission.objects.count() != sum(
        len(_get_all_permissions(m._meta)) for m in apps.get_models()
    ):
        # A test has emptied tables in its own way.
        emit_post_migrate_signal(verbosity=0, interactive=False, db=connection.alias)


def _with_rows(cursor: Any, tables: Sequence[str]) -> list[str]:
    """Those of `tables` that are not empty, in their order."""
    asked = " UNION ALL ".join(
        f"SELECT '{table}' WHERE EXISTS (SELECT FROM \"{table}\")" for table in tables
    )
    with serially(cursor):
        cursor.execute(asked)
        found = {table for (table,) in cursor.fetchall()}
    return [table for table in tables if table in found]
