"""What the database says of a value, by the constraint's own SQL."""

from __future__ import annotations

import json
from typing import Any

from django.apps.registry import Apps
from django.db import connection, models

from apps.core.jsonschema import Schema, SchemaConstraint, schema_constraint


class _Holder(models.Model):
    """Gives the constraint's SQL a column to name; has no table and is in no registry."""

    value = models.JSONField()

    class Meta:
        app_label = "core"
        apps = Apps()


def condition_sql(constraint: SchemaConstraint, model: Any = _Holder) -> str:
    """The CHECK's text, as a migration would write it."""
    with connection.schema_editor(collect_sql=True) as editor:
        return str(constraint._get_check_sql(model, editor))  # type: ignore[attr-defined]


def database_verdicts(
    schema: Schema, values: list[Any], *, often_empty: bool = False
) -> list[bool]:
    """For each value whether a CHECK of `schema` would let it in (as null would be)."""
    sql = condition_sql(schema_constraint("t", "value", schema, often_empty=often_empty))
    return verdicts_of(sql, "value", values)


def verdicts_of(sql: str, column: str, values: list[Any]) -> list[bool]:
    """As `database_verdicts`, of a condition on `column`."""
    with connection.cursor() as cursor:
        # No parameters: psycopg leaves a % alone, as it does in a migration.
        literal = json.dumps([json.dumps(value) for value in values]).replace("'", "''")
        cursor.execute(
            f'SELECT coalesce({sql}, true) FROM (SELECT item::jsonb AS "{column}" FROM'
            f" jsonb_array_elements_text('{literal}'::jsonb) AS item OFFSET 0) AS rows"
        )
        return [verdict for (verdict,) in cursor.fetchall()]
