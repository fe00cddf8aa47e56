"""The rules as the `jsonschema` library checks them, and the sentences that tell them.

The library decides; what is replaced here are rules whose errors must point at the member instead
of the object around it, and those whose cost or meaning would depend on the value.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from datetime import date, datetime
from typing import Any, Final

from jsonschema import Draft202012Validator, FormatChecker
from jsonschema.exceptions import ValidationError
from jsonschema.validators import extend

from apps.core.errors import FieldError
from apps.core.pointers import pointer

# The codes are those of the API's serializers for the same rules.
TYPES: Final[Mapping[str, tuple[str, str]]] = {
    "string": ("invalid", "must be a string"),
    "integer": ("invalid", "must be a whole number"),
    "number": ("invalid", "must be a number"),
    "boolean": ("invalid", "must be true or false"),
    "array": ("not_a_list", "must be a list"),
    "object": ("not_an_object", "must be an object"),
}
MOST_NAMED: Final = 20
_UUID: Final = re.compile(r"[0-9a-fA-F]{8}-(?:[0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}")
_DATE: Final = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
_MOMENT: Final = re.compile(
    r"\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(?:\.\d{1,9})?(?:[Zz]|[+-]\d\d:\d\d)", re.ASCII
)
FORMATS: Final = {
    "uuid": "must be a UUID with hyphens",
    "date": "must be a date such as 2026-05-01",
    "date-time": "must be a date and time with an offset, such as 2026-05-01T08:00:00Z",
}


def standard(definition: Mapping[str, Any]) -> dict[str, Any]:
    """`definition` as JSON Schema 2020-12, which has no `nullable`."""
    schema = {k: v for k, v in definition.items() if k not in ("nullable", "default", "example")}
    if definition.get("nullable") is True:
        schema["type"] = [definition["type"], "null"]
    if "items" in definition:
        schema["items"] = standard(definition["items"])
    if "properties" in definition:
        schema["properties"] = {k: standard(v) for k, v in definition["properties"].items()}
    if isinstance(definition.get("additionalProperties"), dict):
        schema["additionalProperties"] = standard(definition["additionalProperties"])
    return schema


def _required(
    validator: Any, names: list[str], instance: Any, schema: Mapping[str, Any]
) -> Iterator[ValidationError]:
    if validator.is_type(instance, "object"):
        for name in names:
            if name not in instance:
                yield ValidationError("is required", path=[name])


def _others(
    validator: Any, others: Any, instance: Any, schema: Mapping[str, Any]
) -> Iterator[ValidationError]:
    if not validator.is_type(instance, "object") or others is True:
        return
    known = schema.get("properties", {})
    for name, member in instance.items():
        if name in known:
            continue
        if others is False:
            yield ValidationError("is not known", path=[name])
        else:
            yield from validator.descend(member, others, path=name)


def _distinct(
    validator: Any, wanted: bool, instance: Any, schema: Mapping[str, Any]
) -> Iterator[ValidationError]:
    """By a set of texts: the library compares each pair where items cannot be ordered."""
    if not wanted or not validator.is_type(instance, "array"):
        return
    seen = set()
    for item in instance:
        text = json.dumps(_as_database(item), sort_keys=True)
        if text in seen:
            yield ValidationError("is not distinct")
            return
        seen.add(text)


def _as_database(item: Any) -> Any:
    """Numbers as PostgreSQL compares them: 1.0 is 1. (true is not.)"""
    if isinstance(item, float) and item.is_integer():
        return int(item)
    if isinstance(item, dict):
        return {key: _as_database(member) for key, member in item.items()}
    return [_as_database(member) for member in item] if isinstance(item, list) else item


def _pattern(
    validator: Any, pattern: str, instance: Any, schema: Mapping[str, Any]
) -> Iterator[ValidationError]:
    """Never on text that is too long anyway. In Python `$` would let a line end through."""
    if not validator.is_type(instance, "string") or len(instance) > schema["maxLength"]:
        return
    # Python keeps a bounded number of compiled patterns.
    if not re.fullmatch(pattern.removeprefix("^").removesuffix("$"), instance):
        yield ValidationError("does not match")


def _not_blank(
    validator: Any, wanted: bool, instance: Any, schema: Mapping[str, Any]
) -> Iterator[ValidationError]:
    if wanted and validator.is_type(instance, "string") and instance and not instance.strip():
        yield ValidationError("is blank")


def _is_integer(checker: Any, instance: Any) -> bool:
    return isinstance(instance, int) and not isinstance(instance, bool)


def _is_whole(checker: Any, instance: Any) -> bool:
    return _is_integer(checker, instance) or (isinstance(instance, float) and instance.is_integer())


def _format_checker() -> FormatChecker:
    checker = FormatChecker(formats=())
    checker.checks("uuid")(lambda text: not isinstance(text, str) or bool(_UUID.fullmatch(text)))
    checker.checks("date", ValueError)(_is_date)
    checker.checks("date-time", ValueError)(_is_moment)
    return checker


def _is_date(text: Any) -> bool:
    return not isinstance(text, str) or (
        bool(_DATE.fullmatch(text)) and date.fromisoformat(text) is not None
    )


def _is_moment(text: Any) -> bool:
    return not isinstance(text, str) or (
        bool(_MOMENT.fullmatch(text)) and datetime.fromisoformat(text.upper()) is not None
    )


_STRICT: Final = extend(
    Draft202012Validator,
    validators={
        "required": _required,
        "additionalProperties": _others,
        "uniqueItems": _distinct,
        "pattern": _pattern,
        "x-not-blank": _not_blank,
    },
    type_checker=Draft202012Validator.TYPE_CHECKER.redefine("integer", _is_integer),
    format_checker=_format_checker(),
)
_WHOLE: Final = extend(
    _STRICT, type_checker=Draft202012Validator.TYPE_CHECKER.redefine("integer", _is_whole)
)


def validator(schema: Mapping[str, Any]) -> Any:
    """The API's reading of `schema`: 1.0 is no whole number, as everywhere in the API."""
    return _STRICT(schema, format_checker=_STRICT.FORMAT_CHECKER)


def whole_floats_validator(schema: Mapping[str, Any]) -> Any:
    """The database's reading of `schema`: 1.0 is 1."""
    return _WHOLE(schema, format_checker=_STRICT.FORMAT_CHECKER)


def violation(error: ValidationError) -> FieldError:
    """The library's error as one of ours."""
    code, detail = _sentence(error)
    return FieldError(pointer(*error.absolute_path), code, detail)


def _sentence(error: ValidationError) -> tuple[str, str]:
    rule, bound = str(error.validator), error.validator_value
    schema: Any = error.schema
    simple = {
        "required": ("required", "is required"),
        "uniqueItems": ("not_distinct", "must have distinct items"),
        "maxItems": ("max_length", f"must have at most {bound} items"),
        "minItems": ("min_length", f"must have at least {bound} items"),
        "maxLength": ("max_length", f"must have at most {bound} characters"),
        "minLength": ("min_length", f"must have at least {bound} characters"),
        "minimum": ("min_value", f"must be at least {bound}"),
        "maximum": ("max_value", f"must be at most {bound}"),
        "pattern": ("invalid", f"must match {bound}"),
        "x-not-blank": ("blank", "must not be blank"),
    }
    if rule == "type":
        code, detail = TYPES[bound if isinstance(bound, str) else bound[0]]
        return ("null", f"{detail}, not null") if error.instance is None else (code, detail)
    if rule == "additionalProperties":
        known = list(schema.get("properties", {}))
        shown = ", ".join(known[:MOST_NAMED]) + (", …" if len(known) > MOST_NAMED else "")
        name = str(error.absolute_path[-1])[:100]
        known_are = f"known are: {shown}" if known else "no member is"
        return "unknown_field", f"`{name}` is not known here; {known_are}"
    if rule == "enum":
        shown = ", ".join(json.dumps(value, ensure_ascii=False) for value in bound[:MOST_NAMED])
        return "invalid_choice", f"must be one of: {shown}"
    if rule == "format":
        return "invalid", FORMATS[bound]
    if rule == "minLength" and bound == 1:
        return "blank", "must not be empty"
    return simple[rule]
