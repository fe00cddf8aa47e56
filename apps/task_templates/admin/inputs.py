"""Typed inputs for the values of variables: what is shown, and the JSON that comes back."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any, Final

from apps.core.errors import FieldError
from apps.core.jsonschema import Schema
from apps.task_templates.definition import LONGEST_VALUE

PREFIX: Final = "value-"
LONG_TEXT: Final = 300
_INTEGER: Final = re.compile(r"[+-]?[0-9]{1,18}")
Rule = Mapping[str, Any]


@dataclass(slots=True)
class ValueInput:
    """The input of one variable. `given` is what stands in it."""

    name: str
    rule: Rule
    required: bool
    given: str
    errors: list[str] = field(default_factory=list)

    @property
    def id(self) -> str:
        """Its name in the form, and its id."""
        return f"{PREFIX}{self.name}"

    @property
    def label(self) -> str:
        """What people call it."""
        return self.rule.get("title") or self.name

    @property
    def kind(self) -> str:
        """Which kind of input it is."""
        if "enum" in self.rule or self.rule["type"] == "boolean":
            return "select"
        if self.rule["type"] in ("integer", "number"):
            return "number"
        if self.rule.get("format") == "date":
            return "date"
        is_long = self.rule.get("maxLength", 0) > LONG_TEXT or "\n" in self.given
        return "textarea" if is_long else "text"

    @property
    def step(self) -> str:
        """By what a number grows."""
        return "1" if self.rule["type"] == "integer" else "any"

    @property
    def choices(self) -> list[tuple[str, str]]:
        """The values of a select, as the form posts them and as people read them."""
        values = self.rule.get("enum", [True, False])
        shown = [(as_given(value), _in_words(value)) for value in values]
        may_be_empty = not self.required or not self.given
        return [("", "—"), *shown] if may_be_empty else shown

    @property
    def longest(self) -> int:
        """How long a text may be."""
        return min(self.rule.get("maxLength", LONGEST_VALUE), LONGEST_VALUE)

    @property
    def help(self) -> str:
        """What else is to be known of it."""
        parts = [self.rule.get("description", "")]
        low, high = self.rule.get("minimum"), self.rule.get("maximum")
        if low is not None and high is not None:
            parts.append(f"{low:g} to {high:g}.")
        elif low is not None:
            parts.append(f"At least {low:g}.")
        elif high is not None:
            parts.append(f"At most {high:g}.")
        if "example" in self.rule:
            parts.append(f"For example {_in_words(self.rule['example'])}.")
        return " ".join(part for part in parts if part)

    def value(self) -> tuple[bool, Any]:
        """Whether there is a value, and which; what is none of its type comes back as text, so
        that the template's schema says what is wrong."""
        text, kind = self.given, self.rule["type"]
        if text == "":
            # Who empties the input of a text that has a default means the empty text.
            return kind == "string" and "enum" not in self.rule and "default" in self.rule, ""
        if "enum" in self.rule:
            known = {as_given(value): value for value in self.rule["enum"]}
            return True, known.get(text, text)
        if kind == "boolean":
            return True, {"true": True, "false": False}.get(text, text)
        if kind == "integer" and _INTEGER.fullmatch(text):
            return True, int(text)
        if kind == "number":
            return True, _number(text)
        return True, text


def value_inputs(
    variables: Rule, posted: Mapping[str, str] | None, *, samples: bool = False
) -> list[ValueInput]:
    """The inputs of a valid schema, with what was `posted`, else with defaults.

    `samples`: what has no default gets a value to try the template with.
    """
    inputs = []
    rules = variables.get("properties", {})
    # The database keeps no order of them: what must be given comes first.
    for name in sorted(rules, key=lambda name: name not in variables.get("required", ())):
        rule = rules[name]
        known = None if posted is None else posted.get(f"{PREFIX}{name}")
        given = _first(name, rule, samples) if known is None else known.replace("\r\n", "\n")
        inputs.append(ValueInput(name, rule, name in variables.get("required", ()), given))
    return inputs


def values_of(inputs: Iterable[ValueInput]) -> dict[str, Any]:
    """The values that stand in the inputs, by name."""
    found = ((one.name, *one.value()) for one in inputs)
    return {name: value for name, given, value in found if given}


def refuse_values(inputs: Iterable[ValueInput], errors: Iterable[FieldError]) -> list[FieldError]:
    """Show errors of values (`/variables/NAME…`) at their inputs; those that belong to none."""
    by_name = {one.name: one for one in inputs}
    rest = []
    for error in errors:
        first, _, name = error.pointer.strip("/").partition("/")
        one = by_name.get(name.partition("/")[0]) if first == "variables" else None
        if one is None:
            rest.append(error)
        else:
            one.errors.append(error.detail)
    return rest


def form_of(variables: Rule) -> str:
    """What tells one form of inputs from another."""
    return sha256(json.dumps(variables).encode()).hexdigest()[:16]


def as_given(value: Any) -> str:
    """A value as it stands in its input."""
    return value if isinstance(value, str) else json.dumps(value)


def _first(name: str, rule: Rule, samples: bool) -> str:
    if "default" in rule:
        return as_given(rule["default"])
    if not samples:
        return ""
    tries = [rule[key] for key in ("example", "minimum", "maximum") if key in rule]
    tries += [*rule.get("enum", ())[:1], name, 1, 1.5, False]
    schema = Schema({key: part for key, part in rule.items() if key != "example"})
    return next((as_given(value) for value in tries if schema.is_valid(value)), "")


def _in_words(value: Any) -> str:
    return {True: "yes", False: "no"}[value] if isinstance(value, bool) else as_given(value)


def _number(text: str) -> Any:
    try:
        number = float(text)
    except ValueError:
        return text
    if not math.isfinite(number):
        return text
    return int(text) if _INTEGER.fullmatch(text) else number
