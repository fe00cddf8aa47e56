"""The page "Flow": the critical path of a repository or PRD, its longest chain, its circles."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django import forms
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import reverse

from apps.core.admin.display import change_url
from apps.core.admin.widgets import RelatedSelect
from apps.prds.models import PRD
from apps.repositories.admin.scope import has_permission, visible_to
from apps.repositories.models import Repository
from apps.tasks.choices import TaskStatus
from apps.tasks.flow import Circle
from apps.tasks.flows import MOST_TASKS, Flow, Step, TooManyTasksError, contents_of, read_flow
from apps.tasks.models import CriticalPath, Task

from .flow_drawing import MOST_DRAWN, ChainDrawing, Stage, draw_chain

MOST_CIRCLES = 10
MOST_STEPS = 12
MOST_LISTED = 20
TITLE = 120  # so much of a title is told in a sentence


@dataclass(frozen=True, slots=True)
class ShownChain:
    """A chain with its drawings and what is said of it."""

    name: str
    title: str
    sentence: str
    drawings: tuple[ChainDrawing, ...]


@dataclass(frozen=True, slots=True)
class ShownStep:
    """A task on a circle and why it waits for the next one."""

    url: str
    content: str
    reason: str


@dataclass(frozen=True, slots=True)
class ShownCircle:
    """A circle, step by step, and how many steps and tasks are not shown."""

    count: int
    steps: tuple[ShownStep, ...]
    left_out: int


def may_see_flow(request: HttpRequest) -> bool:
    """Whether the person may see tasks."""
    user = request.user
    return has_permission(user, "view", Task) or has_permission(user, "change", Task)


def flow_page(site: Any, request: HttpRequest) -> HttpResponse:
    """What the open work of a repository waits for; without one, the longest paths of all."""
    if not may_see_flow(request):
        raise PermissionDenied
    form = FlowForm(site, request)
    flow, refusal = None, ""
    if form.is_valid():
        repository, prd = form.cleaned_data["repository"], form.cleaned_data["prd"]
        if repository is not None:
            try:
                flow = read_flow(repository, prd, most=MOST_TASKS)
            except TooManyTasksError as error:
                refusal = f"{error} Choose one of its PRDs."
    context = {
        **site.each_context(request),
        "title": "Flow",
        "form": form,
        "refusal": refusal,
        **(_shown(flow) if flow else {"flow": None, "paths": _paths(request)}),
    }
    return TemplateResponse(request, "console/flow.html", context)


class FlowForm(forms.Form):
    """Which repository, and which of its PRDs."""

    repository = forms.ModelChoiceField(Repository.objects.none(), required=False)
    prd = forms.ModelChoiceField(PRD.objects.none(), required=False, label="PRD")

    def __init__(self, site: Any, request: HttpRequest) -> None:
        super().__init__(request.GET)
        rows = {"repository": Repository.objects.all(), "prd": PRD.objects.all()}
        for name, found in rows.items():
            field: Any = self.fields[name]
            page = site.get_model_admin(found.model)
            # Who may not see the page of these records gets no answer from its search.
            searches = page.has_view_or_change_permission(request)
            link = Task._meta.get_field(name)
            field.widget = RelatedSelect(link, site) if searches else forms.HiddenInput()
            field.queryset = visible_to(
                request.user, found, "pk" if found.model is Repository else "repository"
            )

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or {}
        repository, prd = data.get("repository"), data.get("prd")
        if prd is None:
            return data
        if repository is None:
            data["repository"] = prd.repository
        elif prd.repository_id != repository.pk:
            raise forms.ValidationError(
                f"The PRD {prd.filename} belongs to {prd.repository.name}, not to"
                f" {repository.name}."
            )
        return data


def _paths(request: HttpRequest) -> list[tuple[CriticalPath, str, str]]:
    """The longest stored paths in repositories that the person may see: each with its page."""
    stored = CriticalPath.objects.filter(task_count__gt=0)
    paths: Any = visible_to(request.user, stored, "repository")
    longest = paths.select_related("repository").order_by("-minutes", "pk")[:MOST_LISTED]
    return [
        (path, f"{reverse('admin:flow')}?repository={path.repository_id}", duration(path.minutes))
        for path in longest
    ]


def _shown(flow: Flow) -> dict[str, Any]:
    figures = flow.figures
    path, longest = figures.critical_path, figures.longest_chain
    circles = figures.circles[:MOST_CIRCLES]
    on_ways = [step.task for circle in circles for step in flow.circle_steps[circle][:MOST_STEPS]]
    contents = contents_of({*path[:MOST_DRAWN], *longest[:MOST_DRAWN], *on_ways})
    chains = []
    if path:
        same = " It is the longest blocked chain, too." if path == longest else ""
        chains.append(
            _chain(
                "path",
                "Critical path",
                f"{_tasks(len(path))}, {duration(figures.minutes)}: so long all of it takes,"
                f" however many share the work.{same}",
                path,
                flow,
                contents,
            )
        )
    if longest and longest != path:
        chains.append(
            _chain(
                "chain",
                "Longest blocked chain",
                f"{_tasks(len(longest))} that wait one for another,"
                f" {duration(_minutes(flow, longest))} of work.",
                longest,
                flow,
                contents,
            )
        )
    return {
        "flow": flow,
        "figures": _figures(flow),
        "assumed": duration(flow.assumed_minutes),
        "chains": chains,
        "circles": [_circle(flow, circle, contents) for circle in circles],
        "more_circles": len(figures.circles) - len(circles),
        "stuck": len(figures.stuck),
    }


def _figures(flow: Flow) -> list[tuple[str, str, str]]:
    """Label, value, meaning."""
    figures = flow.figures
    found = [
        (
            "Open tasks",
            f"{flow.count(TaskStatus.PENDING) + flow.count(TaskStatus.IN_PROGRESS):,}",
            f"{flow.count(TaskStatus.IN_PROGRESS):,} in progress",
        ),
        ("All the work", duration(figures.total_minutes), "one task after the other"),
        (
            "Without an estimate",
            f"{figures.assumed:,}",
            f"{duration(flow.assumed_minutes)} assumed for each",
        ),
        ("Waits", f"{figures.waits:,}", "for a dependency or an open child"),
    ]
    if flow.outside:
        found.append(("Beyond the PRD", f"{flow.outside:,}", "tasks hold up its own"))
    if cancelled := flow.count(TaskStatus.CANCELLED):
        found.append(("Cancelled", f"{cancelled:,}", "and others go on waiting for them"))
    return found


def _chain(
    name: str,
    title: str,
    sentence: str,
    keys: Sequence[UUID],
    flow: Flow,
    contents: Mapping[UUID, str],
) -> ShownChain:
    fit = len(keys) if len(keys) <= MOST_DRAWN else MOST_DRAWN - 1
    stages = [_stage(key, flow, contents) for key in keys[:fit]]
    drawings = tuple(draw_chain(stages, len(keys), down=down) for down in (False, True))
    return ShownChain(name, title, sentence, drawings)


def _stage(key: UUID, flow: Flow, contents: Mapping[UUID, str]) -> Stage:
    task = flow.figures.tasks[key]
    status = TaskStatus(flow.statuses[key])
    minutes = duration(task.minutes)
    return Stage(
        url=_url(key),
        content=contents.get(key, "(purged)"),
        status=status.value,
        status_name=str(status.label),
        minutes=f"{minutes}, assumed" if task.assumed else minutes,
    )


def _circle(flow: Flow, circle: Circle, contents: Mapping[UUID, str]) -> ShownCircle:
    steps = flow.circle_steps[circle]
    shown = tuple(
        ShownStep(
            _url(step.task),
            contents.get(step.task, "(purged)")[:TITLE],
            _reason(step, "the first one" if number == len(steps) else "the next one"),
        )
        for number, step in enumerate(steps[:MOST_STEPS], start=1)
    )
    return ShownCircle(len(circle.members), shown, len(steps) - len(shown))


def _reason(step: Step, other: str) -> str:
    verb = "depends on" if step.is_dependency else "waits for"
    return f"{verb} {other}{', its open child' if step.is_child else ''}."


def _minutes(flow: Flow, keys: Sequence[UUID]) -> int:
    return sum(flow.figures.tasks[key].minutes for key in keys)


def _tasks(count: int) -> str:
    return "1 task" if count == 1 else f"{count:,} tasks"


def _url(key: UUID) -> str:
    return change_url(Task(pk=key))


def duration(minutes: int) -> str:
    """Hours and minutes of work: “90 min”, “12 h 30 min”, “1,200 h”."""
    if minutes < 120:
        return f"{minutes} min"
    hours, rest = divmod(minutes, 60)
    return f"{hours:,} h {rest} min" if rest and hours < 100 else f"{hours:,} h"
