"""The database's share of a schema as a CHECK, which speaks in paths where Python can look."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any, Final

from django.core.exceptions import NON_FIELD_ERRORS, ValidationError
from django.db import models

from .database import legal_when_empty, needs_function, types_alone, violation_path
from .schema import Schema

INVALID_JSON: Final = "invalid_json"


class SchemaConstraint(models.CheckConstraint):
    """A CHECK that knows its column and schema.

    Its SQL is compiled from the schema, and a migration freezes that text: to it this is Django's
    own CheckConstraint. Model validation asks the database's share of the schema, so it says where.
    """

    def __init__(self, *, field: str, schema: Schema, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.field = field
        self.schema = schema
        self._share = schema.database_share()

    def deconstruct(self) -> Any:
        _, arguments, keywords = super().deconstruct()
        return "django.db.models.CheckConstraint", arguments, keywords

    def clone(self) -> SchemaConstraint:
        _, _, keywords = super().deconstruct()
        return SchemaConstraint(field=self.field, schema=self.schema, **keywords)

    def validate(
        self,
        model: Any,
        instance: Any,
        exclude: Collection[str] | None = None,
        using: str = "default",
    ) -> None:
        """Raise a ValidationError of the field that names each place."""
        value = getattr(instance, self.field)
        if (exclude and self.field in exclude) or isinstance(value, models.Expression):
            return
        found = [
            ValidationError(f"{error.pointer or 'It'} {error.detail}.", code=error.code)
            for error in ([] if value is None else self._share.errors(value))
        ]
        if found:
            at_field = self.field if self.field else NON_FIELD_ERRORS
            raise ValidationError({at_field: found})


def schema_constraint(
    table: str, field: str, schema: Schema, *, often_empty: bool = False
) -> SchemaConstraint:
    """`table`.`field` keeps what the database checks of `schema`; SQL null passes.

    Its message reads "FIELD must be a list of …" after the schema's description, "A list of ….".
    `often_empty` asks for the empty list or object first, if that is legal: for a table of many
    writes, since an operator takes a third of the time of a path.
    """
    condition = _condition(field, schema.definition)
    empty = legal_when_empty(schema.definition) if often_empty else None
    if empty is not None and types_alone(schema.definition) is None:
        condition = _sql(field, f"(%(expressions)s = '{empty}'::jsonb)") | condition
    described = schema.description
    return SchemaConstraint(
        field=field,
        schema=schema,
        name=f"{table}_{field}_schema",
        condition=condition,
        violation_error_code=INVALID_JSON,
        violation_error_message=f"{field} must be {described[:1].lower()}{described[1:]}",
    )


def _condition(field: str, definition: Mapping[str, Any]) -> models.Q:
    types = types_alone(definition)
    if types is not None:
        among = ", ".join(f"'{name}'" for name in types)
        return _sql(field, f"(jsonb_typeof(%(expressions)s) IN ({among}))")
    path = violation_path(definition)
    condition = _sql(field, f"(NOT jsonb_path_exists(%(expressions)s, '{path}'))")
    if needs_function(definition):
        # The function is called for two items or more: to call one takes as long as a path.
        condition &= _sql(field, "(NOT jsonb_path_exists(%(expressions)s, '$[1]'))") | models.Q(
            models.Func(field, function="has_distinct_items", output_field=models.BooleanField())
        )
    return condition


def _sql(field: str, template: str) -> models.Q:
    return models.Q(models.Func(field, template=template, output_field=models.BooleanField()))


def column_schema(model: type[models.Model], field: str) -> Schema | None:
    """The schema of a JSON column, if it has one."""
    for constraint in model._meta.constraints:
        if isinstance(constraint, SchemaConstraint) and constraint.field == field:
            return constraint.schema
    return None
