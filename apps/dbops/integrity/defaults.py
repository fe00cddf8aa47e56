"""Columns that the database fills in are filled in with what the models mean.

The triggers leave it to defaults who wrote a history row and in which transaction.
"""

from __future__ import annotations

import functools
from dataclasses import dataclass
from typing import Any

from django.apps import apps
from django.db import connections

from .expressions import same_expression
from .findings import Finding

# Partitions are left out: nobody may write to one but through its parent, which has the say.
QUERY = """
SELECT relname, attname, format_type(atttypid, atttypmod), attgenerated <> '',
       pg_get_expr(adbin, adrelid)
FROM pg_attrdef
JOIN pg_attribute ON attrelid = adrelid AND attnum = adnum
JOIN pg_class ON pg_class.oid = adrelid
WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p') AND NOT relispartition
  AND relname = ANY(%s)
ORDER BY 1, 2
"""


@dataclass(frozen=True, slots=True)
class _Meant:
    """An expression as the model has it; None where it has none."""

    expression: str | None
    generated: bool = False


def compare_defaults(cursor: Any) -> list[Finding]:
    """Defaults and generated columns that are gone, changed or nobody's (one query)."""
    meant = _meant(cursor.db.alias)
    cursor.execute(QUERY, [sorted({table for table, _ in meant})])
    rows = cursor.fetchall()
    found = [
        _finding(*column, meant[column], "has no default")
        for column in sorted(meant.keys() - {row[:2] for row in rows})
        if meant[column].expression is not None
    ]
    for table, name, type_name, generated, live in rows:
        ours = meant.get((table, name), _Meant(None))
        if (
            ours.expression is None
            or ours.generated != generated
            or not _same(cursor, table, type_name, ours, live)
        ):
            what = "generated as" if generated else "filled in with"
            found.append(_finding(table, name, ours, f"is {what} {live}"))
    return found


def _same(cursor: Any, table: str, type_name: str, ours: _Meant, live: str) -> bool:
    # Only a generated column speaks of others; so equal defaults are asked about once.
    source = f'(SELECT (NULL::public."{table}").* OFFSET 0) AS row' if ours.generated else "now()"
    return same_expression(
        cursor,
        source,
        f"CAST(({ours.expression}) AS {type_name})",
        f"CAST(({live}) AS {type_name})",
    )


def _finding(table: str, column: str, meant: _Meant, words: str) -> Finding:
    if meant.expression is None:
        cure = "DROP DEFAULT"
    elif meant.generated:
        cure = f"… the column again, GENERATED ALWAYS AS ({meant.expression})"
    else:
        cure = f"SET DEFAULT {meant.expression}"
    return Finding(
        f"The column {column} of {table} {words}.",
        f'as the owner: ALTER TABLE "{table}" ALTER "{column}" {cure}',
    )


@functools.cache
def _meant(using: str) -> dict[tuple[str, str], _Meant]:
    """Every column of a model's table, by table and name."""
    connection: Any = connections[using]
    found = {}
    with connection.schema_editor(collect_sql=True, atomic=False) as editor:
        for model in apps.get_models(include_auto_created=True):
            if not model._meta.managed or model._meta.proxy:
                continue
            fields: Any = model._meta.local_concrete_fields
            for field in fields:
                expression = None
                if field.generated:
                    expression = connection.ops.compose_sql(*field.generated_sql(connection))
                elif field.has_db_default():
                    expression = connection.ops.compose_sql(*editor.db_default_sql(field))
                found[model._meta.db_table, field.column] = _Meant(expression, field.generated)
    return found
