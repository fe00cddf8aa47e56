"""A schema that validates: its rules are checked by the `jsonschema` library, told in our words."""

from __future__ import annotations

import json
from collections.abc import Mapping
from copy import deepcopy
from functools import cache
from itertools import islice
from pathlib import Path
from typing import Any, Final

from apps.core.errors import FieldError

from . import database
from .plain import MOST_ERRORS, plain_errors
from .rules import standard, validator, violation, whole_floats_validator
from .subset import SubsetError, definition_errors

APPS: Final = Path(__file__).resolve().parents[2]


class Schema:
    """A checked definition, frozen. Raises `SubsetError` for one that leaves the subset.

    `errors(value)` never raises, whatever the value: neither for a huge nor for a deep one, nor for
    one that is no JSON. It takes time in proportion to the value and reports a bounded number.
    """

    __slots__ = ("_definition", "_validator")

    def __init__(self, definition: Mapping[str, Any], *, whole_floats: bool = False) -> None:
        found = definition_errors(definition)
        if found:
            raise SubsetError(found)
        self._definition: dict[str, Any] = deepcopy(dict(definition))
        made = whole_floats_validator if whole_floats else validator
        self._validator = made(standard(self._definition))
        wrong = _wrong_defaults(self._definition, "")
        if wrong:
            raise SubsetError(wrong)

    def __repr__(self) -> str:
        return f"Schema({self.component or self.definition})"

    def __deepcopy__(self, memo: Any) -> Schema:
        """Itself: serializers copy their fields, and so a schema, for every answer."""
        return self

    @property
    def definition(self) -> dict[str, Any]:
        """A copy of the definition."""
        return deepcopy(self._definition)

    @property
    def component(self) -> str:
        """Its name in the OpenAPI document; empty where it stands in place."""
        return str(self._definition.get("x-component", ""))

    @property
    def description(self) -> str:
        """What a value is, as a sentence."""
        return str(self._definition.get("description", ""))

    def member(self, name: str, description: str = "") -> Schema:
        """The schema of a member, for a column that holds only that."""
        definition = dict(self._definition["properties"][name])
        return Schema({**definition, "description": description or definition["description"]})

    def errors(self, value: Any, most: int = MOST_ERRORS) -> list[FieldError]:
        """The broken rules: a pointer into `value`, a code, what it must be. The first `most`."""
        return plain_errors(value, most) or [
            violation(error) for error in islice(self._validator.iter_errors(value), most)
        ]

    def is_valid(self, value: Any) -> bool:
        """Whether `value` keeps all rules."""
        return not self.errors(value, 1)

    def with_defaults(self, value: Any) -> Any:
        """`value` with the defaults of the members that it leaves out; what is there stays."""
        return _with_defaults(self._definition, value)

    def database_share(self) -> Schema:
        """The part of the rules that the database checks as well (`schema_constraint`).

        There 1.0 is a whole number: PostgreSQL's comparisons cannot tell it from 1.
        """
        return Schema(database.share(self._definition), whole_floats=True)


@cache
def load_schema(app_label: str, name: str) -> Schema:
    """The schema in `apps/<app_label>/schemas/<name>.json`."""
    path = APPS / app_label / "schemas" / f"{name}.json"
    try:
        return Schema(json.loads(path.read_text(encoding="utf-8")))
    except SubsetError as error:
        raise SubsetError(
            [FieldError(e.pointer, e.code, f"(in {path.name}) {e.detail}") for e in error.errors]
        ) from None


def _with_defaults(definition: Mapping[str, Any], value: Any) -> Any:
    if isinstance(value, list) and "items" in definition:
        return [_with_defaults(definition["items"], item) for item in value]
    if isinstance(value, dict) and definition.get("type") == "object":
        properties = definition.get("properties", {})
        filled = {
            name: _with_defaults(properties[name], member) if name in properties else member
            for name, member in value.items()
        }
        for name, child in properties.items():
            if name not in filled and "default" in child:
                filled[name] = deepcopy(child["default"])
        return filled
    return value


def _wrong_defaults(definition: Mapping[str, Any], at: str) -> list[FieldError]:
    """A default or example that breaks its own schema."""
    found: list[FieldError] = []
    for name in {"default", "example"} & definition.keys():
        checked = validator(standard(definition))
        found += [
            FieldError(f"{at}/{name}{violation(error).pointer}", "invalid_schema", error.message)
            for error in islice(checked.iter_errors(definition[name]), MOST_ERRORS)
        ]
    children = {f"{at}/properties/{k}": v for k, v in definition.get("properties", {}).items()}
    for name in ("items", "additionalProperties"):
        if isinstance(definition.get(name), dict):
            children[f"{at}/{name}"] = definition[name]
    for place, child in children.items():
        found += _wrong_defaults(child, place)
    return found
