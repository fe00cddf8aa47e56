"""The keywords that a definition may use: those of OpenAPI 3.0 that mean the same to all readers.

What is left out (references, `oneOf`, `multipleOf`, …) either differs between JSON Schema and
OpenAPI 3.0 or could not be told in an error that names one remedy.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

from apps.core.errors import FieldError
from apps.core.pointers import pointer

from .plain import LARGEST_NUMBER, plain_errors

TYPES: Final = ("string", "integer", "number", "boolean", "array", "object")
FORMATS: Final = ("uuid", "date", "date-time")
# They say something and demand nothing. `x-component`: the name in the OpenAPI document.
ANNOTATIONS: Final = frozenset(
    {
        *("title", "description", "default", "example"),
        *("x-component", "x-api-only", "x-database"),
    }
)
# `x-not-blank` (true): text of nothing but white space is refused. `x-api-only`: limits beside it
# that bind clients, while other writers, such as an import, may go beyond them.
# `x-database: false`: of a part that only TaskHub writes, the database checks the type alone.
OF_TYPE: Final[Mapping[str, frozenset[str]]] = {
    "string": frozenset({"minLength", "maxLength", "pattern", "enum", "format", "x-not-blank"}),
    "integer": frozenset({"minimum", "maximum", "enum"}),
    "number": frozenset({"minimum", "maximum", "enum"}),
    "boolean": frozenset(),
    "array": frozenset({"items", "minItems", "maxItems", "uniqueItems"}),
    "object": frozenset({"properties", "required", "additionalProperties"}),
}
MAX_LEVELS: Final = 12
LONGEST_MATCHED: Final = 255
MOST_VARIABLE: Final = 3

# One character, or a class of ASCII characters without shorthands (\d, \w and \s differ between
# Python, PostgreSQL and JavaScript); then how often.
_ATOM: Final = re.compile(
    r"(?:[A-Za-z0-9 _/:@,;=<>!#&%'\"~`-]|\\[.\\/+*?()\[\]{}|^$-]"
    r"|\[\^?(?:[A-Za-z0-9 _./:@,;=<>!#&%'\"~`+*?(){}|$-]|\\[\]\[\\^-])+\])"
    r"(?P<times>[*+?]|\{\d{1,3}(?:,(?:\d{1,3})?)?\})?"
)


class SubsetError(ValueError):
    """A definition that leaves the subset; `errors` have pointers into the definition."""

    def __init__(self, errors: list[FieldError]) -> None:
        super().__init__("; ".join(f"{error.pointer or '/'} {error.detail}" for error in errors))
        self.errors = errors


def definition_errors(definition: Any) -> list[FieldError]:
    """Where `definition` is no schema of the subset, with pointers into it."""
    found = plain_errors(definition)
    return found or list(_errors(definition, ()))


def _errors(definition: Any, at: tuple[str, ...]) -> Iterator[FieldError]:
    if not isinstance(definition, dict):
        yield _error(at, "must be an object: a schema")
        return
    if len(at) > 2 * MAX_LEVELS:
        yield _error(at, f"must not nest schemas deeper than {MAX_LEVELS} levels")
        return
    kind = definition.get("type")
    if "type" in definition and (not isinstance(kind, str) or kind not in TYPES):
        yield _error((*at, "type"), f"must be one of: {', '.join(TYPES)}")
        return
    known = ANNOTATIONS | {"type"}
    if kind is not None:
        known |= {"nullable"} | OF_TYPE[kind]
    for name in definition:
        if name not in known:
            beside = f"beside the type {kind}" if kind else "without a type"
            detail = f"is not known {beside}; known are: {', '.join(sorted(known))}"
            yield _error((*at, name), detail)
    yield from _annotation_errors(definition, at)
    yield from _api_only_errors(definition, at)
    yield from _bound_errors(definition, at)
    yield from _enum_errors(definition, at)
    if "pattern" in definition:
        yield from _pattern_errors(definition, at)
    if "format" in definition and definition["format"] not in FORMATS:
        yield _error((*at, "format"), f"must be one of: {', '.join(FORMATS)}")
    if kind == "array" and "items" in definition:
        yield from _errors(definition["items"], (*at, "items"))
    if kind == "object":
        yield from _object_errors(definition, at)


def _annotation_errors(definition: Mapping[str, Any], at: tuple[str, ...]) -> Iterator[FieldError]:
    for name in ("title", "description", "x-component"):
        if name in definition and not isinstance(definition[name], str):
            yield _error((*at, name), "must be a string")
    if "x-database" in definition and definition["x-database"] is not False:
        yield _error((*at, "x-database"), "must be false, or not be there")
    for name in ("nullable", "uniqueItems", "x-not-blank"):
        if name in definition and not isinstance(definition[name], bool):
            yield _error((*at, name), "must be true or false")


def _api_only_errors(definition: Mapping[str, Any], at: tuple[str, ...]) -> Iterator[FieldError]:
    names = definition.get("x-api-only", [])
    limits = ("minLength", "maxLength", "minItems", "maxItems", "minimum", "maximum")
    if not isinstance(names, list) or any(n not in limits or n not in definition for n in names):
        yield _error((*at, "x-api-only"), "must be a list of limits that stand beside it")


def _bound_errors(definition: Mapping[str, Any], at: tuple[str, ...]) -> Iterator[FieldError]:
    for low, high in (
        ("minLength", "maxLength"),
        ("minItems", "maxItems"),
        ("minimum", "maximum"),
    ):
        counts = low != "minimum"
        right = True
        for name in (low, high):
            bound = definition.get(name, 0)
            numeric = type(bound) is int if counts else type(bound) in (int, float)
            if not numeric or (counts and bound < 0):
                right = False
                rule = "must be a whole number of 0 or more" if counts else "must be a number"
                yield _error((*at, name), rule)
        if right and {low, high} <= definition.keys() and definition[low] > definition[high]:
            yield _error((*at, low), f"must not be above {high}")


def _enum_errors(definition: Mapping[str, Any], at: tuple[str, ...]) -> Iterator[FieldError]:
    if "enum" not in definition:
        return
    values = definition["enum"]
    place = (*at, "enum")
    if not isinstance(values, list) or not values:
        yield _error(place, "must be a list of one or more values")
        return
    for index, value in enumerate(values):
        if value is None and definition.get("nullable") is True:
            continue
        if not _has_type(value, definition["type"]):
            yield _error((*place, str(index)), f"must be of the type {definition['type']}")
        elif value in values[:index]:
            yield _error((*place, str(index)), "must not be given twice")
    # Readers of OpenAPI 3.0 disagree on whether null is one of the values if it is not among them.
    if definition.get("nullable") is True and None not in values:
        yield _error(place, "must name null, since the value is nullable")


def _has_type(value: Any, kind: str) -> bool:
    if kind == "string":
        return isinstance(value, str)
    if kind == "integer":
        return type(value) is int
    return kind == "number" and type(value) in (int, float)


def _pattern_errors(definition: Mapping[str, Any], at: tuple[str, ...]) -> Iterator[FieldError]:
    pattern = definition["pattern"]
    place = (*at, "pattern")
    if not isinstance(pattern, str) or not (pattern.startswith("^") and pattern.endswith("$")):
        yield _error(place, "must be a string that starts with ^ and ends with $")
        return
    position, variable = 1, 0
    while position < len(pattern) - 1:
        atom = _ATOM.match(pattern, position, len(pattern) - 1)
        if atom is None:
            yield _error(
                place,
                f"must be a sequence of characters and classes such as [a-z0-9_], each with its"
                f" number of times; {pattern[position : position + 10]!r} is neither",
            )
            return
        times = atom["times"] or ""
        bounds = [int(bound) for bound in re.findall(r"\d+", times)]
        if any(bound > LONGEST_MATCHED for bound in bounds) or bounds != sorted(bounds):
            yield _error(place, f"must have repetitions of up to {LONGEST_MATCHED}, in order")
            return
        variable += times in ("*", "+") or "," in times
        position = atom.end()
    try:
        re.compile(pattern)
    except re.error as error:
        yield _error(place, f"must be a regular expression: {error}")
        return
    # Each one that varies multiplies the time of a match by the text's length.
    if variable > MOST_VARIABLE:
        yield _error(place, f"must repeat at most {MOST_VARIABLE} parts a varying number of times")
    longest = definition.get("maxLength")
    if type(longest) is not int or longest > LONGEST_MATCHED:
        yield _error(place, f"must stand beside a maxLength of up to {LONGEST_MATCHED}")


def _object_errors(definition: Mapping[str, Any], at: tuple[str, ...]) -> Iterator[FieldError]:
    properties = definition.get("properties", {})
    if not isinstance(properties, dict):
        yield _error((*at, "properties"), "must be an object of schemas")
        return
    for name, child in properties.items():
        yield from _errors(child, (*at, "properties", name))
    required = definition.get("required", [])
    if not isinstance(required, list) or ("required" in definition and not required):
        yield _error((*at, "required"), "must be a list of one or more names")
    else:
        for index, name in enumerate(required):
            if not isinstance(name, str) or name not in properties:
                yield _error((*at, "required", str(index)), "must name one of the properties")
            elif name in required[:index]:
                yield _error((*at, "required", str(index)), "must not be given twice")
    others = definition.get("additionalProperties", True)
    if not isinstance(others, bool):
        yield from _errors(others, (*at, "additionalProperties"))


def is_free(definition: Mapping[str, Any]) -> bool:
    """Whether some part of the value may be any JSON."""
    kind = definition.get("type")
    if kind is None:
        return True
    if kind == "array":
        return "items" not in definition or is_free(definition["items"])
    if kind == "object":
        others = definition.get("additionalProperties", True)
        if others is True or (isinstance(others, dict) and is_free(others)):
            return True
        return any(is_free(child) for child in definition.get("properties", {}).values())
    return False


def number_bounds(definition: Mapping[str, Any]) -> tuple[float, float]:
    """The least and the greatest number that `definition` lets through."""
    return (
        max(definition.get("minimum", -LARGEST_NUMBER), -LARGEST_NUMBER),
        min(definition.get("maximum", LARGEST_NUMBER), LARGEST_NUMBER),
    )


def _error(at: tuple[str, ...], detail: str) -> FieldError:
    return FieldError(pointer(*at), "invalid_schema", detail)
