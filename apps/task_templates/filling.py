"""A template with values for its variables: the steps as their tasks will be. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from apps.core.errors import FieldError
from apps.core.jsonschema import load_schema

from .definition import values_schema
from .placeholders import fill, length_of, map_texts, texts_of

# A character has up to four bytes, and a task's details 100,000 of them.
LONGEST_TEXT: Final = 25_000
MOST_CHARACTERS: Final = 10_000_000
MOST_ERRORS: Final = 50
_STEPS: Final = load_schema("task_templates", "steps")


def complete_values(
    variables: Mapping[str, Any], values: Any
) -> tuple[dict[str, Any], list[FieldError]]:
    """The values with the defaults of those left out, and what is wrong with them, by
    `/variables/NAME`."""
    schema = values_schema(variables)
    filled = schema.with_defaults(values)
    errors = [
        FieldError(f"/variables{error.pointer}", error.code, error.detail)
        for error in schema.errors(filled)
    ]
    return (filled if isinstance(filled, dict) else {}), errors


def fill_steps(
    tasks: Sequence[Mapping[str, Any]], values: Mapping[str, Any]
) -> tuple[list[dict[str, Any]], list[FieldError]]:
    """The steps with their texts filled in, and which of them are no tasks any more, by
    `/tasks/N/…`: a value can make a text too long, empty, or equal to its neighbour."""
    errors = _too_long(tasks, values)
    if errors:
        return [], errors
    steps = [map_texts(step, lambda text: fill(text, values)) for step in tasks]
    for step in steps:
        # Equal tags are one tag: two variables may well have the same value.
        step["tags"] = list(dict.fromkeys(step["tags"]))
    without_details = [{**step, "details": ""} for step in steps]  # a task's may be longer
    return steps, [
        FieldError(f"/tasks{error.pointer}", error.code, f"{error.detail}, with these values")
        for error in _STEPS.errors(without_details)
    ]


def _too_long(tasks: Sequence[Mapping[str, Any]], values: Mapping[str, Any]) -> list[FieldError]:
    """Looked at before anything is filled in: short texts can make gigabytes."""
    errors: list[FieldError] = []
    total = 0
    for position, step in enumerate(tasks):
        for place, text in texts_of(step):
            length = length_of(text, values)
            total += length
            if length > LONGEST_TEXT:
                detail = (
                    f"would have more than {LONGEST_TEXT:,} characters with these values:"
                    " shorten a value"
                )
                errors.append(FieldError(f"/tasks/{position}{place}", "max_length", detail))
    if not errors and total > MOST_CHARACTERS:
        detail = f"the steps would have more than {MOST_CHARACTERS:,} characters altogether"
        errors.append(FieldError("/tasks", "max_length", detail))
    return errors[:MOST_ERRORS]
