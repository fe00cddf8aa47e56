"""Templates for tests."""

from __future__ import annotations

from typing import Any

VARIABLES: dict[str, Any] = {
    "type": "object",
    "properties": {
        "service": {"type": "string", "minLength": 1, "maxLength": 60},
        "weeks": {"type": "integer", "minimum": 1, "maximum": 12, "default": 2},
        "risky": {"type": "boolean", "default": False},
    },
    "required": ["service"],
    "additionalProperties": False,
}


def step(key: str, content: str = "", **values: Any) -> dict[str, Any]:
    """A step whose content is its key, unless said otherwise."""
    return {"key": key, "content": content or f"Do {key}", **values}


STEPS: list[dict[str, Any]] = [
    step("launch", "Launch {{service}}", details="Within {{ weeks }} weeks. Risky: {{risky}}."),
    step("design", "Design {{service}}", parent="launch", tags=["{{service}}"]),
    step(
        "build",
        "Build {{service}}",
        parent="launch",
        depends_on=["design"],
        acceptance_criteria=["{{service}} answers"],
        estimated_minutes=120,
        priority="high",
    ),
    step("test", "Test {{service}}", parent="launch", depends_on=["build", "design"]),
]
TEMPLATE: dict[str, Any] = {"tasks": STEPS, "variables": VARIABLES}
