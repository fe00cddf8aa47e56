"""What is wrong with a template, by places that people know: “Step 3 (build), depends_on”."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from apps.core.errors import FieldError

STEPS = "Steps"
VARIABLES = "Variables"
LONGEST_KEY = 60
PARTS = {"depends_on": "depends_on", "tags": "tag", "acceptance_criteria": "criterion"}


@dataclass(frozen=True, slots=True)
class Fault:
    """A fault and its place. `field` is the input that must be mended."""

    field: str
    place: str
    detail: str

    def __str__(self) -> str:
        return f"{self.place}: {self.detail}."


def faults_of(errors: Iterable[FieldError], tasks: Any) -> list[Fault]:
    """The faults of a definition, whose steps are `tasks`, whatever those are."""
    return [_fault(error, tasks) for error in errors]


def _fault(error: FieldError, tasks: Any) -> Fault:
    first, *rest = [_unescaped(part) for part in error.pointer.split("/")[1:]] or [""]
    if first == "variables":
        return Fault("variables", _variable_place(rest), error.detail)
    return Fault("tasks", _step_place(rest, tasks), error.detail)


def _variable_place(parts: list[str]) -> str:
    if parts[:1] == ["properties"] and len(parts) > 1:
        return ", ".join([f"Variable {parts[1][:LONGEST_KEY]}", *parts[2:]])
    return ", ".join([VARIABLES, *parts])


def _step_place(parts: list[str], tasks: Any) -> str:
    if not parts or not parts[0].isdigit():
        return ", ".join([STEPS, *parts])
    number = int(parts[0])
    step = tasks[number] if isinstance(tasks, list) and number < len(tasks) else None
    key = step.get("key") if isinstance(step, dict) else None
    place = f"Step {number + 1}"
    if isinstance(key, str) and key:
        place = f"{place} ({key[:LONGEST_KEY]})"
    if len(parts) == 1:
        return place
    name, *within = parts[1:]
    if within and within[0].isdigit() and name in PARTS:
        # The second of a list is its second for people, too.
        return f"{place}, {PARTS[name]} {int(within[0]) + 1}"
    return ", ".join([place, name, *within])


def _unescaped(part: str) -> str:
    return part.replace("~1", "/").replace("~0", "~")
