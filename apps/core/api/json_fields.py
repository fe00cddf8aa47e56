"""JSON columns in serializers: a schema decides, and is the component in the OpenAPI document."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from drf_spectacular.extensions import OpenApiSerializerFieldExtension
from drf_spectacular.plumbing import ResolvedComponent
from rest_framework import serializers
from rest_framework.exceptions import ErrorDetail
from rest_framework.settings import api_settings

from apps.core.errors import FieldError
from apps.core.jsonschema import Schema

from .pointers import Member


class SchemaField(serializers.Field):
    """A value of `schema`; errors point at the place within it.

    On the way in, members that are left out get their defaults. On the way out a value is shown as
    it is stored; with `fill`, members that are not there are shown with their defaults.
    """

    def __init__(self, *, schema: Schema, fill: bool = False, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.schema = schema
        self.fill = fill

    def to_internal_value(self, data: Any) -> Any:
        """The value with its defaults."""
        value = self.schema.with_defaults(data)
        errors = self.schema.errors(value)
        if errors:
            raise serializers.ValidationError(nested(errors))
        return value

    def to_representation(self, value: Any) -> Any:
        """As it is stored: a list must not break on what somebody wrote past the API."""
        return self.schema.with_defaults(value) if self.fill else value


def nested(errors: list[FieldError]) -> Any:
    """`errors` as the detail of a ValidationError, which `pointers.field_errors` flattens again."""
    root: dict[str, Any] = {}
    for error in errors:
        node = root
        for token in error.pointer.split("/")[1:]:
            node = node.setdefault(Member(token.replace("~1", "/").replace("~0", "~")), {})
        node.setdefault(api_settings.NON_FIELD_ERRORS_KEY, []).append(
            ErrorDetail(f"It {error.detail}." if not error.pointer else error.detail, error.code)
        )
    return root


class SchemaFieldExtension(OpenApiSerializerFieldExtension):
    """Tells drf-spectacular what a `SchemaField` is."""

    target_class = SchemaField
    match_subclasses = True

    def map_serializer_field(self, auto_schema: Any, direction: Any) -> Any:
        """The schema, or a reference to its component."""
        return _document(self.target.schema.definition, auto_schema, direction)


# They speak to us; OpenAPI does not know them.
_OURS: Final = ("x-component", "x-not-blank", "x-api-only", "x-database")

Definition = dict[str, Any]
Replace = Callable[[Definition, Definition], Definition]


def _document(definition: Definition, auto_schema: Any, direction: str) -> Definition:
    writing = direction == "request"

    def replace(child: Definition, shown: Definition) -> Definition:
        name = child.get("x-component")
        if not name:
            return shown
        if writing and _shown(child, True) != _shown(child, False):
            name = f"{name}Request"  # as drf-spectacular names what serializers take
        component = ResolvedComponent(
            name=name, type=ResolvedComponent.SCHEMA, schema=shown, object=Schema
        )
        auto_schema.registry.register_on_missing(component)
        if auto_schema.registry[component].schema != shown:
            raise AssertionError(f"Two JSON schemas have the x-component {name}.")
        return dict(component.ref)

    return _shown(definition, writing, replace)


def _shown(
    definition: Definition, writing: bool, replace: Replace = lambda child, shown: shown
) -> Definition:
    """`definition` as OpenAPI, each part of it, from the inside out, handed through `replace`."""
    shown = {name: value for name, value in definition.items() if name not in _OURS}
    if "type" not in shown:
        shown["nullable"] = True  # what may be anything may be null, as some readers must be told
    if writing:
        # What has a default may be left out.
        defaults = {n for n, child in shown.get("properties", {}).items() if "default" in child}
        required = [name for name in shown.pop("required", []) if name not in defaults]
        if required:
            shown["required"] = required
    else:
        for name in definition.get("x-api-only", ()):
            shown.pop(name)
    for name in ("items", "additionalProperties"):
        if isinstance(shown.get(name), dict):
            shown[name] = _shown(shown[name], writing, replace)
    if "properties" in shown:
        shown["properties"] = {
            name: _shown(child, writing, replace) for name, child in shown["properties"].items()
        }
    return replace(definition, shown)
