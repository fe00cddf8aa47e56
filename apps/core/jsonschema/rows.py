"""Rows from before a schema: what migrations do about them.

A constraint comes as NOT VALID, under a short lock; from then on no new row breaks it. The next
migration repairs what can be repaired without a loss and validates the constraint, for which
writers need not wait. What is left is named, with its place, and the migration stops: run it again
when the rows are mended.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any, Final

import orjson
from django.apps import apps as installed
from django.core.management.base import CommandError
from django.db import IntegrityError, connections, transaction
from psycopg import sql

from .constraints import column_schema
from .plain import LARGEST_NUMBER

MOST_NAMED: Final = 10
_TOO_LARGE: Final = (
    f'strict $.** ? (@.type() == "number" && (@ > {LARGEST_NUMBER} || @ < -{LARGEST_NUMBER}))'
)

Step = Callable[[Any, Any], None]


def write_large_numbers_as_text(table: str, column: str) -> Step:
    """For RunPython: numbers that few readers can carry become strings of the same digits.

    An UPDATE like any other, with its history.
    """

    def forwards(apps: Any, schema_editor: Any) -> None:
        names = {"table": sql.Identifier(table), "column": sql.Identifier(column)}
        find = "SELECT id, {column}::text FROM {table} WHERE jsonb_path_exists({column}, %s)"
        write = "UPDATE {table} SET {column} = %s::jsonb WHERE id = %s"
        with schema_editor.connection.cursor() as cursor:
            cursor.execute(sql.SQL(find).format(**names), [_TOO_LARGE])
            for key, text in cursor.fetchall():
                try:
                    mended = _mended(text)
                    with transaction.atomic(schema_editor.connection.alias):
                        cursor.execute(sql.SQL(write).format(**names), [mended, key])
                except (RecursionError, IntegrityError):
                    continue  # wrong in other ways too: `validate_schemas` names it
            # Or PostgreSQL would refuse to alter a table with checks still to come.
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
            cursor.execute("SET CONSTRAINTS ALL DEFERRED")

    return forwards


def validate_schemas(table: str, *columns: str) -> Step:
    """For RunPython: validate the constraints `{table}_{column}_schema`.

    Raises CommandError that names the rows which break them, and the places within.
    """

    def forwards(apps: Any, schema_editor: Any) -> None:
        alias = schema_editor.connection.alias
        for column in columns:
            name = f"{table}_{column}_schema"
            statement = sql.SQL("ALTER TABLE {} VALIDATE CONSTRAINT {}").format(
                sql.Identifier(table), sql.Identifier(name)
            )
            try:
                with transaction.atomic(alias), connections[alias].cursor() as cursor:
                    cursor.execute(statement)
            except IntegrityError:
                raise CommandError(_named(alias, table, column, name)) from None

    return forwards


def _mended(text: str) -> str:
    def integer(digits: str) -> Any:
        # The length first: to convert thousands of digits is slow, and Python refuses it.
        within = len(digits) < 20 and -LARGEST_NUMBER <= int(digits) <= LARGEST_NUMBER
        return int(digits) if within else digits

    def decimal(digits: str) -> Any:
        within = -LARGEST_NUMBER <= float(digits) <= LARGEST_NUMBER
        return orjson.Fragment(digits.encode()) if within else digits

    value = json.loads(text, parse_int=integer, parse_float=decimal)
    return orjson.dumps(value).decode()


def _named(alias: str, table: str, column: str, constraint: str) -> str:
    with connections[alias].cursor() as cursor:
        cursor.execute(
            "SELECT pg_get_expr(conbin, conrelid) FROM pg_constraint"
            " WHERE conname = %s AND conrelid = %s::regclass",
            [constraint, table],
        )
        ((condition,),) = cursor.fetchall()
        # From the catalogue, as PostgreSQL itself writes it; no parameters, so that no % is one.
        cursor.execute(
            f'SELECT id, "{column}"::text FROM "{table}" WHERE NOT ({condition})'  # noqa: S608
            f" ORDER BY id LIMIT {MOST_NAMED + 1}"
        )
        rows = cursor.fetchall()
    lines = [f"  {key}: {_places(table, column, text)}" for key, text in rows[:MOST_NAMED]]
    if len(rows) > MOST_NAMED:
        lines.append("  … and more")
    return "\n".join(
        [
            f"Rows of {table} have a {column} that breaks its schema (docs/json-columns.md):",
            *lines,
            "Nothing was changed. Mend these rows, then run migrate again.",
        ]
    )


def _places(table: str, column: str, text: str) -> str:
    model = next((m for m in installed.get_models() if m._meta.db_table == table), None)
    schema = column_schema(model, column) if model else None
    try:
        found = schema.database_share().errors(json.loads(text), 3) if schema else []
    except (RecursionError, ValueError):
        return "it is nested too deeply, or a number has too many digits"
    return "; ".join(f"{e.pointer or 'it'} {e.detail}" for e in found) or "it breaks the constraint"
