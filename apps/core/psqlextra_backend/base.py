"""PostgreSQL through psqlextra (partitions) and django-prometheus (metrics), with corrections:
foreign keys act in the database, reversals see real constraints only, partitions are detached
before they are dropped.
"""

from __future__ import annotations

from typing import Any

from django.db import models
from psqlextra.backend import base
from psqlextra.backend.introspection import PostgresIntrospection
from psqlextra.backend.schema import PostgresSchemaEditor

# Django acts on deletes in Python only; a DELETE in psql must have the same effect. RESTRICT stands
# for PROTECT, too: both refuse.
ON_DELETE_SQL = {
    models.CASCADE: " ON DELETE CASCADE",
    models.SET_NULL: " ON DELETE SET NULL",
    models.PROTECT: " ON DELETE RESTRICT",
    models.RESTRICT: " ON DELETE RESTRICT",
    models.DO_NOTHING: "",
}


class Introspection(PostgresIntrospection):
    """Leaves out the clones that PostgreSQL keeps of a foreign key to a partitioned table.

    There is one a partition (`conparentid <> 0`) on the referencing table; a migration that removes
    the key would otherwise try to drop the clones too, and fail.
    """

    def get_constraints(self, cursor: Any, table_name: str) -> dict[str, Any]:
        constraints: dict[str, Any] = super().get_constraints(cursor, table_name)
        cursor.execute(
            "SELECT conname FROM pg_constraint"
            " WHERE conrelid = %s::regclass AND contype = 'f' AND conparentid <> 0",
            [self.connection.ops.quote_name(table_name)],
        )
        for (name,) in cursor.fetchall():
            constraints.pop(name, None)
        return constraints


class SchemaEditor(PostgresSchemaEditor):
    """Writes `ON DELETE` into foreign keys and drops partitions only once they are detached."""

    # A separate statement, because only `_create_fk_sql` knows how to write the action.
    sql_create_column_inline_fk: Any = None

    def __init__(self, connection: Any, *args: Any, **kwargs: Any) -> None:
        super().__init__(connection, *args, **kwargs)
        self.introspection = Introspection(self.connection)

    def _create_fk_sql(self, model: Any, field: Any, suffix: str) -> Any:
        statement = super()._create_fk_sql(model, field, suffix)  # type: ignore[misc]
        action = ON_DELETE_SQL[field.remote_field.on_delete]
        statement.parts["deferrable"] = action + statement.parts["deferrable"]
        return statement

    def delete_partition(self, model: Any, name: str) -> None:
        """Detach and drop: a plain DROP fails while foreign keys point at the parent."""
        table = self.quote_name(model._meta.db_table)
        partition = self.quote_name(self.create_partition_table_name(model, name))
        self.execute(f"ALTER TABLE {table} DETACH PARTITION {partition}")
        self.execute(f"DROP TABLE {partition}")


class DatabaseWrapper(base.DatabaseWrapper):
    """The backend that `DATABASES["default"]["ENGINE"]` names."""

    SchemaEditorClass = SchemaEditor
    introspection_class = Introspection
