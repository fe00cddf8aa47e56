"""Many rows changed at once, each to values of its own."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Mapping
from typing import Any
from uuid import UUID

from django.db import connection, models


def update_rows(model: type[models.Model], changes: Mapping[UUID, Mapping[str, Any]]) -> None:
    """Write to each row, named by its id, the values that it gets, by field or column.

    One statement for each set of fields. `bulk_update` does the same by an expression for each
    value, which takes Django longer to build than PostgreSQL to run (3 s for 500 tasks).
    """
    by_fields: dict[tuple[str, ...], list[dict[str, Any]]] = defaultdict(list)
    for pk, values in changes.items():
        if values:
            by_fields[tuple(sorted(values))].append({"id": pk, **values})
    for names, rows in by_fields.items():
        _update(model, names, rows)


def _update(model: type[models.Model], names: tuple[str, ...], rows: list[dict[str, Any]]) -> None:
    fields: list[Any] = [model._meta.get_field(name) for name in names]
    quote = connection.ops.quote_name
    changed = ", ".join(
        f"{quote(f.column)} = new.{quote(name)}" for f, name in zip(fields, names, strict=True)
    )
    types = "".join(
        f", {quote(n)} {f.db_type(connection)}" for f, n in zip(fields, names, strict=True)
    )
    statement = (
        f"UPDATE {quote(model._meta.db_table)} AS old SET {changed}"  # noqa: S608  (a model's names)
        f" FROM jsonb_to_recordset(%s::jsonb) AS new (id uuid{types}) WHERE old.id = new.id"
    )
    with connection.cursor() as cursor:
        # Times and ids in their text, which PostgreSQL reads by the column's type.
        cursor.execute(statement, [json.dumps(rows, default=str, ensure_ascii=False)])
