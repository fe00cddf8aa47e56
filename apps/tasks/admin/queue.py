"""The page “Queue”: what can be begun in a repository, what is held, what waits; and why."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django import forms
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from unfold.widgets import UnfoldAdminSelectWidget

from apps.repositories.admin.scope import has_permission
from apps.repositories.models import Repository
from apps.repositories.visibility import MOST_REPOSITORIES, visible_repositories
from apps.tasks.choices import TaskPriority
from apps.tasks.models import Task, TaskClaim
from apps.tasks.queue import (
    COLUMNS,
    FORMULA,
    HOURS_A_WAITING_TASK,
    HOURS_ON_CRITICAL_PATH,
    MOST_WAITING_TASKS,
    WINDOW,
    Obstacles,
    Queue,
    Standing,
    read_obstacles,
    read_queue,
)
from apps.tasks.urgency import PATIENCE

from .holding import expiry, has_expired, may_take

MOST_READY = 50
MOST_HELD = 50
MOST_BLOCKED = 30
BLOCKERS_SHOWN = 5


class QueueForm(forms.Form):
    """Of which repository; by its name, as in the API."""

    repository = forms.ChoiceField(widget=UnfoldAdminSelectWidget)

    def __init__(self, user: Any, data: Any) -> None:
        super().__init__(data)
        visible = visible_repositories(user).order_by("name")
        names = list(visible.values_list("name", flat=True)[:MOST_REPOSITORIES])
        self.has_repositories = bool(names)
        asked = str(data.get("repository") or "")
        known = visible.filter(name=asked) if asked and "\0" not in asked else visible.none()
        self.chosen: Repository | None = known.first()
        if self.chosen is not None and asked not in names:
            names.append(asked)
        field: Any = self.fields["repository"]
        field.choices = [("", "Choose one"), *((name, name) for name in names)]


@dataclass(frozen=True, slots=True)
class Ready:
    """A task that can be begun, at its place."""

    standing: Standing
    told: str

    @property
    def task(self) -> Task:
        return self.standing.task

    @property
    def critical(self) -> str:
        known = {True: "yes", False: "no", None: "not computed yet"}
        return known[self.standing.on_critical_path]

    @property
    def score(self) -> str:
        return f"{self.standing.score:+,.1f} h"


@dataclass(frozen=True, slots=True)
class Held:
    """A task that somebody holds."""

    claim: TaskClaim

    @property
    def has_expired(self) -> bool:
        return has_expired(self.claim)

    @property
    def expiry(self) -> str:
        return expiry(self.claim)


@dataclass(frozen=True, slots=True)
class Blocked:
    """A task that waits, and the first of those that it waits for."""

    task: Task
    obstacles: Obstacles

    @property
    def blockers(self) -> Sequence[Task]:
        return self.obstacles.blockers[:BLOCKERS_SHOWN]

    @property
    def more(self) -> int:
        return self.obstacles.count - len(self.blockers)


def may_see(user: Any) -> bool:
    """Whether the person may see the page: whoever may see tasks."""
    return has_permission(user, "view", Task)


def queue_page(site: Any, request: HttpRequest) -> HttpResponse:
    """The queue of a repository that the person may see; all parts are bounded."""
    if not may_see(request.user):
        raise PermissionDenied
    form = QueueForm(request.user, request.GET)
    context = {
        **site.each_context(request),
        "title": "Queue",
        "form": form,
        "is_asked": bool(request.GET.get("repository")),
        "repository": form.chosen,
    }
    if form.chosen is not None:
        context |= _parts(form.chosen, request.user)
    return TemplateResponse(request, "console/queue.html", context)


def _parts(repository: Repository, user: Any) -> dict[str, Any]:
    queue = read_queue(repository, most=MOST_READY)
    held = _held(repository)
    blocked = _blocked(repository)
    return {
        "queue": queue,
        "ready": _ready(queue),
        "more_ready": queue.more,
        "held": held[:MOST_HELD],
        "more_held": len(held) > MOST_HELD,
        "blocked": blocked[:MOST_BLOCKED],
        "more_blocked": len(blocked) > MOST_BLOCKED,
        "formula": FORMULA,
        "rules": list(rules()),
        "may_see_claims": has_permission(user, "view", TaskClaim),
        "may_take": may_take(user, repository),
    }


def rules() -> Sequence[str]:
    """The formula in words."""
    patience = [
        f"{int(PATIENCE[priority.value].total_seconds() // 3600)} ({priority.label.lower()})"
        for priority in (TaskPriority.HIGH, TaskPriority.MEDIUM, TaskPriority.LOW)
    ]
    return (
        "A task should be begun by its due date, or so many hours after it was made as its priority"
        f" may wait: {', '.join(patience)}; whichever comes first.",
        "The score counts the hours since then; before it, less than nothing.",
        f"{HOURS_A_WAITING_TASK} hours more for each open task that waits for it directly, up to"
        f" {MOST_WAITING_TASKS} of them.",
        f"{HOURS_ON_CRITICAL_PATH} hours more on the critical path.",
        f"The first {WINDOW} ready tasks by when they should be begun are put in this order.",
    )


def _ready(queue: Queue) -> list[Ready]:
    return [Ready(each, each.text(queue.read_at)) for each in queue.standings]


def _held(repository: Repository) -> list[Held]:
    """The claims of live tasks, which end first; one more than is shown."""
    claims: Any = TaskClaim.objects.of_live_tasks().filter(repository=repository)
    found = claims.select_related("task", "actor").only(
        "holder", "fence", "created_at", "renewed_at", "expires_at",
        "task__content", "task__status", "actor__username",
    )  # fmt: skip
    return [Held(claim) for claim in found.order_by("expires_at", "pk")[: MOST_HELD + 1]]


def _blocked(repository: Repository) -> list[Blocked]:
    """What waits for other tasks, newest first; one more than is shown."""
    waiting: Any = Task.objects.filter(repository=repository).blocked().only(*COLUMNS)
    rows = list(waiting.order_by("-pk")[: MOST_BLOCKED + 1])
    obstacles = read_obstacles(repository, [task.pk for task in rows])
    return [Blocked(task, obstacles[task.pk]) for task in rows]
