"""What makes steps and variables a template: keys, dependencies, variables. Pure.

The shape is the schemas' (`schemas/`); here is what stands between the parts.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from graphlib import CycleError, TopologicalSorter
from typing import Any, Final

from apps.core.errors import FieldError
from apps.core.jsonschema import Schema, definition_errors, load_schema

from .placeholders import names_in, texts_of

STEPS: Final = load_schema("task_templates", "steps")
VARIABLES: Final = load_schema("task_templates", "variables")
DEEPEST: Final = 20
MOST_VARIABLES: Final = 50
MOST_ERRORS: Final = 50
LONGEST_VALUE: Final = 2000
NO_VARIABLES: Final[Mapping[str, Any]] = {"type": "object", "additionalProperties": False}
_VARIABLE_NAME: Final = re.compile(r"[a-z][a-z0-9_]{0,49}")


@dataclass(frozen=True, slots=True)
class Definition:
    """Steps and variables that make a template, with the defaults of what was left out."""

    tasks: list[dict[str, Any]]
    variables: dict[str, Any]


def read_definition(tasks: Any, variables: Any) -> Definition | list[FieldError]:
    """The definition, or what is wrong with it: pointers into `{"tasks": …, "variables": …}`.

    At most some fifty errors, whatever the input.
    """
    tasks, variables = STEPS.with_defaults(tasks), VARIABLES.with_defaults(variables)
    errors = [*_below("/tasks", STEPS.errors(tasks)), *variable_errors(variables)]
    if not errors:
        errors = [*_graph_errors(tasks), *_placeholder_errors(tasks, variables)]
    return errors[:MOST_ERRORS] or Definition(tasks, variables)


def variable_errors(variables: Any) -> list[FieldError]:
    """What makes `variables` no schema of a template's variables."""
    found = VARIABLES.errors(variables)
    if not found and variables.get("additionalProperties"):
        detail = "must be false: variables that a template does not know are refused"
        found = [FieldError("/additionalProperties", "invalid", detail)]
    if not found:
        found = [*_name_errors(variables), *definition_errors(variables)]
    if not found:
        found = _default_errors(variables)
    return _below("/variables", found)


def values_schema(variables: Mapping[str, Any]) -> Schema:
    """The schema of the values that an instance gives; without variables it takes none.

    Text has at most 2,000 characters where its variable does not say less.
    """
    properties = {
        name: {"maxLength": LONGEST_VALUE, **rule} if rule["type"] == "string" else rule
        for name, rule in variables.get("properties", {}).items()
    }
    return Schema({**NO_VARIABLES, **variables, "properties": properties})


def _name_errors(variables: Mapping[str, Any]) -> list[FieldError]:
    names = variables.get("properties", {})
    found = [
        FieldError(
            f"/properties/{_escaped(name)}",
            "invalid_name",
            "must be named by a lower-case letter and up to 49 lower-case letters, digits or '_'",
        )
        for name in names
        if not _VARIABLE_NAME.fullmatch(name)
    ]
    if len(names) > MOST_VARIABLES:
        detail = f"must have at most {MOST_VARIABLES} variables"
        found.insert(0, FieldError("/properties", "max_length", detail))
    return found


def _default_errors(variables: Mapping[str, Any]) -> list[FieldError]:
    """A default or example that its own rule refuses."""
    found = []
    for name, rule in variables.get("properties", {}).items():
        bare = {key: value for key, value in rule.items() if key not in ("default", "example")}
        schema = Schema(bare)
        for key in ("default", "example"):
            if key in rule:
                place = f"/properties/{_escaped(name)}/{key}"
                found += [
                    FieldError(f"{place}{error.pointer}", error.code, error.detail)
                    for error in schema.errors(rule[key])
                ]
    return found


def _graph_errors(tasks: Sequence[Mapping[str, Any]]) -> list[FieldError]:
    places: dict[str, int] = {}
    errors: list[FieldError] = []
    for position, step in enumerate(tasks):
        first = places.setdefault(step["key"], position)
        if first != position:
            detail = f"must be unique: step {first + 1} has the key {step['key']!r} already"
            errors.append(FieldError(f"/tasks/{position}/key", "not_distinct", detail))
    errors += _reference_errors(tasks, places)
    if errors:
        return errors
    waits = {step["key"]: step["depends_on"] for step in tasks}
    above = {step["key"]: [step["parent"]] if step["parent"] else [] for step in tasks}
    for field, graph in (("depends_on", waits), ("parent", above)):
        circle = _circle(graph)
        if circle:
            detail = f"must not run in a circle: {' → '.join(circle)}"
            place = f"/tasks/{places[circle[0]]}/{field}"
            errors.append(FieldError(place, "dependency_cycle", detail))
    return errors or _unfinishable_errors(tasks, places) or _depth_errors(tasks, places)


def _unfinishable_errors(
    tasks: Sequence[Mapping[str, Any]], places: Mapping[str, int]
) -> list[FieldError]:
    """Steps none of which could be finished first: one is closed after what it waits for, and
    after what stands below it."""
    after: dict[str, list[str]] = {step["key"]: list(step["depends_on"]) for step in tasks}
    for step in tasks:
        if step["parent"]:
            after[step["parent"]].append(step["key"])
    circle = _circle(after)
    if not circle:
        return []
    detail = (
        f"must not wait for itself: {' → '.join(circle)}; a step is finished after what it depends"
        " on and after what stands below it"
    )
    return [FieldError(f"/tasks/{places[circle[0]]}/depends_on", "dependency_cycle", detail)]


def _depth_errors(
    tasks: Sequence[Mapping[str, Any]], places: Mapping[str, int]
) -> list[FieldError]:
    """Steps that stand too deep: looking for circles above a task takes time with its depth."""
    errors = []
    for position, step in enumerate(tasks):
        depth, above = 1, step["parent"]
        while above and depth <= DEEPEST:
            depth, above = depth + 1, tasks[places[above]]["parent"]
        if depth > DEEPEST:
            detail = f"must stand at most {DEEPEST} levels deep"
            errors.append(FieldError(f"/tasks/{position}/parent", "too_deep", detail))
    return errors


def _reference_errors(
    tasks: Sequence[Mapping[str, Any]], places: Mapping[str, int]
) -> Iterator[FieldError]:
    for position, step in enumerate(tasks):
        references = [(f"depends_on/{n}", key) for n, key in enumerate(step["depends_on"])]
        if step["parent"]:
            references.append(("parent", step["parent"]))
        for field, key in references:
            place = f"/tasks/{position}/{field}"
            if key not in places:
                detail = f"must be the key of a step of this template; {key!r} is none"
                yield FieldError(place, "unknown_key", detail)
            elif key == step["key"]:
                yield FieldError(place, "self_reference", "must be the key of another step")
        repeated = len(set(step["depends_on"])) < len(step["depends_on"])
        if repeated:
            detail = "must name each step once"
            yield FieldError(f"/tasks/{position}/depends_on", "not_distinct", detail)


def _circle(graph: Mapping[str, Sequence[str]]) -> list[str]:
    """A circle in the direction of the arrows (a step, what it waits for, …); empty without one."""
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        return list(reversed(error.args[1]))
    return []


def _placeholder_errors(
    tasks: Sequence[Mapping[str, Any]], variables: Mapping[str, Any]
) -> Iterator[FieldError]:
    known = variables.get("properties", {})
    for position, step in enumerate(tasks):
        for place, text in texts_of(step):
            for name in dict.fromkeys(names_in(text)):
                if name not in known:
                    have = ", ".join(sorted(known)) or "none"
                    detail = f"names the variable {name!r}, which is not defined; defined: {have}"
                    yield FieldError(f"/tasks/{position}{place}", "unknown_variable", detail)


def unused_variables(definition: Definition) -> list[str]:
    """The variables that no text names."""
    used = {n for step in definition.tasks for _, text in texts_of(step) for n in names_in(text)}
    return [name for name in definition.variables.get("properties", {}) if name not in used]


def _below(pointer: str, errors: Sequence[FieldError]) -> list[FieldError]:
    return [FieldError(f"{pointer}{e.pointer}", e.code, e.detail) for e in errors]


def _escaped(name: str) -> str:
    return name.replace("~", "~0").replace("/", "~1")
