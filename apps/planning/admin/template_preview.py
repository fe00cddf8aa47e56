"""The live preview of a template: what its draft would make. Nothing is written."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path
from django.views.decorators.http import require_POST

from apps.audit.admin import RecordAdmin
from apps.core.errors import DomainError
from apps.planning.services.instantiating import preview_steps
from apps.task_templates.admin.faults import Fault, faults_of
from apps.task_templates.admin.forms import read_texts
from apps.task_templates.admin.inputs import (
    ValueInput,
    form_of,
    refuse_values,
    value_inputs,
    values_of,
)
from apps.task_templates.admin.texts import STARTER_TASKS, STARTER_VARIABLES
from apps.task_templates.definition import Definition, read_definition

MOST_CHARACTERS: Final = 1_000_000
MOST_SHOWN: Final = 200
LONGEST_DETAILS: Final = 2_000
DEEPEST: Final = 8  # deeper steps stand no further to the right
PRIORITIES: Final = {"low": "Low", "medium": "Medium", "high": "High"}
TOO_LARGE: Final = (
    f"The draft has more than {MOST_CHARACTERS:,} characters: too many to preview while you type."
    " It can be saved all the same, if it is a template."
)


@dataclass(frozen=True, slots=True)
class PreviewRow:
    """A task to be, in the tree."""

    step: Mapping[str, Any]
    number: int
    depth: int
    waits_for: tuple[tuple[str, str], ...]  # keys and contents

    @property
    def details(self) -> str:
        """The beginning of the details."""
        text: str = self.step["details"]
        return text if len(text) <= LONGEST_DETAILS else f"{text[:LONGEST_DETAILS]}…"


@dataclass(slots=True)
class Preview:
    """The tasks of a draft, or its faults; and the inputs to try it with."""

    inputs: list[ValueInput] = field(default_factory=list)
    form: str = ""
    faults: list[Fault] = field(default_factory=list)
    rows: list[PreviewRow] = field(default_factory=list)
    task_count: int = 0
    minutes: int = 0
    estimated: int = 0
    refusal: str = ""

    @property
    def unshown(self) -> int:
        """So many tasks more."""
        return self.task_count - len(self.rows)


def preview_of(
    tasks: Any, variables: Any, posted: Mapping[str, str] | None, *, samples: bool = True
) -> Preview:
    """What steps and variables make with the posted values, without those with samples."""
    definition = read_definition(tasks, variables)
    if not isinstance(definition, Definition):
        return Preview(faults=faults_of(definition, tasks))
    found = Preview(
        inputs=value_inputs(definition.variables, posted, samples=samples),
        form=form_of(definition.variables),
    )
    try:
        steps, _ = preview_steps(definition.tasks, definition.variables, values_of(found.inputs))
    except DomainError as error:
        rest = refuse_values(found.inputs, error.errors)
        found.faults = faults_of(rest, definition.tasks)
        found.faults += [
            Fault("values", f"Value of {one.label}", detail)
            for one in found.inputs
            for detail in one.errors
        ]
        return found
    found.rows = tree(steps)[:MOST_SHOWN]
    found.task_count = len(steps)
    minutes = [step["estimated_minutes"] for step in steps]
    found.estimated = sum(one is not None for one in minutes)
    found.minutes = sum(one or 0 for one in minutes)
    return found


def tree(steps: Sequence[Mapping[str, Any]]) -> list[PreviewRow]:
    """The steps, each below its parent, in their order."""
    below: dict[str | None, list[Mapping[str, Any]]] = {}
    for step in steps:
        below.setdefault(step["parent"], []).append(step)
    contents = {step["key"]: step["content"] for step in steps}
    rows: list[PreviewRow] = []
    waiting = [(step, 0) for step in reversed(below.get(None, []))]
    while waiting:
        step, depth = waiting.pop()
        waits_for = tuple((key, contents[key]) for key in step["depends_on"])
        rows.append(PreviewRow(step, len(rows) + 1, min(depth, DEEPEST), waits_for))
        waiting += [(child, depth + 1) for child in reversed(below.get(step["key"], []))]
    return rows


class PreviewPages(RecordAdmin):
    """For the admin of templates: the answer to what is being typed."""

    def get_urls(self) -> list[Any]:
        view = self.admin_site.admin_view(require_POST(self.preview_page))
        own = path("preview/", view, name="task_templates_tasktemplate_preview")
        return [own, *super().get_urls()]

    def preview_page(self, request: HttpRequest) -> HttpResponse:
        """The preview of a posted draft, for who may write templates."""
        if not (self.has_add_permission(request) or self.has_change_permission(request)):
            raise PermissionDenied
        tasks, variables = (request.POST.get(name, "") for name in ("tasks", "variables"))
        if len(tasks) + len(variables) > MOST_CHARACTERS:
            return self.show(request, Preview(refusal=TOO_LARGE), status=413)
        read_tasks, read_variables, faults = read_texts(tasks, variables)
        if faults:
            return self.show(request, Preview(faults=faults))
        return self.show(request, preview_of(read_tasks, read_variables, request.POST.dict()))

    def show(self, request: HttpRequest, preview: Preview, status: int = 200) -> HttpResponse:
        """The part of a page that the script exchanges."""
        context = {"preview": preview}
        return render(request, "console/template_result.html", context, status=status)

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> HttpResponse:
        template: Any = context.get("original")
        tasks, variables = (
            (STARTER_TASKS, STARTER_VARIABLES)
            if template is None
            else (template.tasks, template.variables)
        )
        context["preview"] = preview_of(tasks, variables, None)
        context["is_live"] = (
            self.has_add_permission(request)
            if template is None
            else self.has_change_permission(request, template)
        )
        response: HttpResponse = super().render_change_form(request, context, *args, **kwargs)
        return response
