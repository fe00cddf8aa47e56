"""The same rows without partitions: a schema `twin` that the same querysets can be run on."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection

TABLES = ("tasks", "tasks_events")


def build_twin() -> None:
    """Copy the partitioned tables into ordinary ones, with indexes of the same names."""
    with connection.cursor() as cursor:
        cursor.execute("DROP SCHEMA IF EXISTS twin CASCADE")
        cursor.execute("CREATE SCHEMA twin")
        for table in TABLES:
            cursor.execute(f"CREATE TABLE twin.{table} (LIKE public.{table})")
            cursor.execute(f"INSERT INTO twin.{table} TABLE public.{table}")
            cursor.execute(
                "SELECT indexdef FROM pg_indexes WHERE schemaname = 'public' AND tablename = %s",
                [table],
            )
            for (definition,) in cursor.fetchall():
                cursor.execute(re.sub(r" ON ONLY public\.", " ON twin.", definition, count=1))


@contextmanager
def on_twin() -> Iterator[None]:
    """For the block, `tasks` means the twin's."""
    with connection.cursor() as cursor:
        cursor.execute("SET search_path = twin, public")
    try:
        yield
    finally:
        with connection.cursor() as cursor:
            cursor.execute("RESET search_path")
