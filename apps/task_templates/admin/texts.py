"""Steps and variables as text that people read and write: JSON, and a template to begin with."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Final

from apps.task_templates.definition import STEPS

WIDTH: Final = 88
STARTER_VARIABLES: Final[dict[str, Any]] = {
    "type": "object",
    "properties": {
        "service": {
            "type": "string",
            "title": "Name of the service",
            "maxLength": 60,
            "example": "billing",
        },
        "weeks": {"type": "integer", "minimum": 1, "maximum": 12, "default": 2},
    },
    "required": ["service"],
    "additionalProperties": False,
}
STARTER_TASKS: Final[list[dict[str, Any]]] = [
    {
        "key": "launch",
        "content": "Launch {{service}}",
        "details": "To be done within {{weeks}} weeks.",
    },
    {
        "key": "build",
        "content": "Build {{service}}",
        "priority": "high",
        "estimated_minutes": 240,
        "tags": ["backend"],
        "acceptance_criteria": ["{{service}} answers requests"],
        "parent": "launch",
    },
    {
        "key": "test",
        "content": "Write tests for {{service}}",
        "estimated_minutes": 120,
        "depends_on": ["build"],
        "parent": "launch",
    },
]
_FIELDS: Final[Mapping[str, Any]] = STEPS.definition["items"]["properties"]


def shown_steps(tasks: Any) -> Any:
    """The steps with their fields in one order, without those that say what is so anyway."""
    if not isinstance(tasks, list):
        return tasks
    return [_shown_step(step) if isinstance(step, dict) else step for step in tasks]


def _shown_step(step: Mapping[str, Any]) -> dict[str, Any]:
    known = {
        name: step[name]
        for name, rule in _FIELDS.items()
        if name in step and not ("default" in rule and step[name] == rule["default"])
    }
    return known | {name: value for name, value in step.items() if name not in _FIELDS}


VARIABLE_ORDER: Final = ("type", "properties", "required", "additionalProperties")


def shown_variables(variables: Any) -> Any:
    """The schema with its parts in one order."""
    if not isinstance(variables, dict):
        return variables
    first = {name: variables[name] for name in VARIABLE_ORDER if name in variables}
    return first | variables


def pretty(value: Any, depth: int = 0) -> str:
    """JSON, indented by two; what is short and holds no object stands on one line."""
    line = json.dumps(value, ensure_ascii=False)
    if not isinstance(value, dict | list) or not value:
        return line
    is_list = isinstance(value, list)
    parts = list(value.values()) if isinstance(value, dict) else value
    plain = not any(isinstance(part, dict | list) and part for part in parts)
    if plain and (is_list or depth > 1) and len(line) + 2 * depth <= WIDTH:
        return line
    inner = "  " * (depth + 1)
    shown = [pretty(part, depth + 1) for part in parts]
    if not is_list:
        names = (json.dumps(name, ensure_ascii=False) for name in value)
        shown = [f"{name}: {part}" for name, part in zip(names, shown, strict=True)]
    begin, end = "[]" if is_list else "{}"
    body = ",\n".join(f"{inner}{part}" for part in shown)
    return f"{begin}\n{body}\n{'  ' * depth}{end}"
