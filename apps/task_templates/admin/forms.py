"""The editor's form: steps and variables as JSON, each fault at its place."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any, ClassVar

from django import forms
from django.forms.fields import InvalidJSONInput

from apps.core.admin.forms import BoundedJSONField, ConsoleForm
from apps.core.admin.widgets import PlainTextarea
from apps.core.jsonschema import Schema
from apps.task_templates.definition import STEPS, VARIABLES, Definition, read_definition

from .faults import Fault, faults_of
from .texts import pretty, shown_steps, shown_variables

LABELS = {"tasks": "Steps", "variables": "Variables"}
CODE = {"class": "th-code", "spellcheck": "false", "autocapitalize": "off", "autocomplete": "off"}


class DefinitionField(BoundedJSONField):
    """JSON that is shown again just as it was typed. Empty stands for nothing."""

    def __init__(
        self, *, schema: Schema, shown: Callable[[Any], Any], nothing: type, **kwargs: Any
    ) -> None:
        super().__init__(required=False, **kwargs)
        self.schema, self.shown, self.nothing = schema, shown, nothing

    def to_python(self, value: Any) -> Any:
        if isinstance(value, str) and value.strip():
            try:
                json.loads(value)
            except json.JSONDecodeError as error:
                place = f"line {error.lineno}, column {error.colno}"
                raise forms.ValidationError(f"This is no JSON: {error.msg} ({place}).") from None
            except (ValueError, RecursionError):
                pass  # the base says it
        parsed = super().to_python(value.strip() if isinstance(value, str) else value)
        return self.nothing() if parsed is None else self.schema.with_defaults(parsed)

    def bound_data(self, data: Any, initial: Any) -> Any:
        return InvalidJSONInput(data or "")

    def prepare_value(self, value: Any) -> Any:
        return value if isinstance(value, InvalidJSONInput) else pretty(self.shown(value))


def steps_field() -> DefinitionField:
    """The steps."""
    return DefinitionField(
        schema=STEPS,
        shown=shown_steps,
        nothing=list,
        label=LABELS["tasks"],
        help_text=(
            "A list of objects, in order. “key” and “content” are needed; “details”, “priority”, "
            "“complexity”, “estimated_minutes”, “tags”, “acceptance_criteria”, “depends_on” (keys) "
            "and “parent” (a key) are not. Texts may hold variables: {{name}}."
        ),
        widget=PlainTextarea(attrs={"rows": 26, **CODE}),
    )


def variables_field() -> DefinitionField:
    """The variables."""
    return DefinitionField(
        schema=VARIABLES,
        shown=shown_variables,
        nothing=dict,
        label=LABELS["variables"],
        help_text=(
            "A JSON Schema of the values: what a variable is called, its type (string, integer, "
            "number or boolean), its limits and default, and which of them are required."
        ),
        widget=PlainTextarea(attrs={"rows": 14, **CODE}),
    )


class TemplateForm(ConsoleForm):
    """A template as people edit it."""

    global_allowed: ClassVar[bool] = False  # the admin says so, request by request
    tasks = steps_field()
    variables = variables_field()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "repository" in self.fields:
            scope = self.fields["repository"]
            scope.required = not self.global_allowed
            scope.label = "For the repository"
            scope.help_text = (
                "Nothing chosen: for all repositories. It cannot be changed later."
                if self.global_allowed
                else "It cannot be changed later. Templates for all are made by superusers."
            )

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or {}
        if "tasks" in data and "variables" in data:
            found = read_definition(data["tasks"], data["variables"])
            if isinstance(found, Definition):
                return data | {"tasks": found.tasks, "variables": found.variables}
            for fault in faults_of(found, data["tasks"]):
                self.add_error(fault.field, str(fault))
        return data


def read_texts(tasks: str, variables: str) -> tuple[Any, Any, list[Fault]]:
    """The JSON of two texts, and why one is none."""
    faults: list[Fault] = []
    read: dict[str, Any] = {}
    for name, field, text in (
        ("tasks", steps_field(), tasks),
        ("variables", variables_field(), variables),
    ):
        try:
            read[name] = field.clean(text)
        except forms.ValidationError as error:
            faults += [Fault(name, LABELS[name], message.rstrip(".")) for message in error.messages]
    return read.get("tasks"), read.get("variables"), faults
