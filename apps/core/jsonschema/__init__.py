"""JSON Schemas of JSON columns: one definition for the API, the console, OpenAPI and PostgreSQL.

`load_schema("tasks", "tags")` reads `apps/tasks/schemas/tags.json`; `Schema(definition)` takes one
that is made at run time. `schema_constraint` is the database's share of it. The rules are in
docs/json-columns.md.
"""

from .constraints import SchemaConstraint, column_schema, schema_constraint
from .plain import LARGEST_NUMBER, MAX_DEPTH, plain_errors
from .schema import Schema, load_schema
from .subset import SubsetError, definition_errors

__all__ = [
    "LARGEST_NUMBER",
    "MAX_DEPTH",
    "Schema",
    "SchemaConstraint",
    "SubsetError",
    "column_schema",
    "definition_errors",
    "load_schema",
    "plain_errors",
    "schema_constraint",
]
