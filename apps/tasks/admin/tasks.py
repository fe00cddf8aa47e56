"""Tasks: list, form, moves through their statuses, history."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.contrib import admin
from django.db.models import Model, QuerySet
from django.http import HttpRequest
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from unfold.contrib.filters.admin import ChoicesRadioFilter

from apps.core.admin import CreatedWindowFilter, RelatedFilter
from apps.core.admin.display import (
    DELETED,
    ago,
    dash,
    is_deleted,
    items,
    json_block,
    link,
    related,
    state,
    title,
)
from apps.core.deletion import Batch
from apps.repositories.admin.deletable import DeletableAdmin, DeletedFilter
from apps.repositories.admin.scope import visible_to
from apps.tasks.choices import DependencyKind
from apps.tasks.deletion import delete_task, restore_task
from apps.tasks.models import Task, TaskDependency
from apps.tasks.querysets import WIDE_COLUMNS
from apps.tasks.scoring import complexity_of
from apps.tasks.services import create_task, update_task

from .forms import TaskForm
from .holding import HoldingMixin, claim_of, expiry, has_expired, moment
from .moves import MOVES, move_action, warn
from .unblocked import made_ready

LINKS_SHOWN = 12
# What stands in place of a field where nothing can be changed: links that say whether their record
# is deleted, lists that are no JSON.
SHOWN_INSTEAD = {
    "parent_task": "parent_link",
    "prd": "prd_link",
    "tags": "tags_line",
    "acceptance_criteria": "criteria_list",
}


GONE = state("removed", "No longer in its document")


@admin.register(Task)
class TaskAdmin(HoldingMixin, DeletableAdmin):
    """The tasks of all repositories that the person may see."""

    form = TaskForm
    list_display = (
        "list_title",
        "list_status",
        "list_priority",
        "repository",
        "assignee",
        "updated_at",
    )
    list_display_links = ("list_title",)
    list_filter = (
        ("status", ChoicesRadioFilter),
        ("priority", ChoicesRadioFilter),
        ("repository", RelatedFilter),
        CreatedWindowFilter,
        DeletedFilter,
    )
    allowed_lookups = frozenset({"prd__id__exact"})
    list_select_related = ("repository",)
    list_defer = (*WIDE_COLUMNS, "acceptance_criteria")
    search_fields = ("content",)
    search_help_text = "Words in content, details and tags, or an id"
    search_vector = "search"
    search_config = "english"
    palette_icon = "task_alt"
    single_line = ("assignee", "session_id", "source_section")
    autocomplete_fields = ("repository", "parent_task", "prd")
    readonly_fields = (
        "held_by",
        "depends_on",
        "needed_by",
        "makes_ready",
        "source",
        "pattern",
        "template_link",
        "parent_link",
        "prd_link",
        "tags_line",
        "criteria_list",
        "readable_metadata",
        "complexity_explained",
    )
    text_rows = {"content": 2, "details": 8}
    actions_detail = (
        "start",
        "resume",
        "revive",
        "complete",
        "restore",
        {
            "title": "More",
            "icon": "more_horiz",
            "items": ["put_back", "cancel", "take_away", "hand_over", "remove"],
        },
    )
    fieldsets = (
        (
            None,
            {
                "fields": (
                    "content",
                    "details",
                    ("repository", "status"),
                    ("priority", "complexity"),
                    ("estimated_minutes", "actual_minutes"),
                    "assignee",
                    "held_by",
                    "due_at",
                    "tags",
                )
            },
        ),
        ("Acceptance criteria", {"fields": ("acceptance_criteria",)}),
        ("Complexity", {"fields": ("complexity_explained",)}),
        (
            "Relations",
            {
                "fields": (
                    "parent_task",
                    "prd",
                    "source",
                    "depends_on",
                    "needed_by",
                    "makes_ready",
                )
            },
        ),
        (
            "Record",
            {
                "classes": ("collapse",),
                "fields": (
                    "id",
                    ("created_at", "updated_at"),
                    ("started_at", "completed_at"),
                    "version",
                    ("session_id", "ai_suggested"),
                    ("pattern", "template_link"),
                    "readable_metadata",
                ),
            },
        ),
    )
    add_fieldsets = (
        (
            None,
            {
                "fields": (
                    "content",
                    "details",
                    ("repository", "priority"),
                    ("complexity", "estimated_minutes"),
                    "assignee",
                    "due_at",
                    "tags",
                    "acceptance_criteria",
                    "parent_task",
                    "prd",
                )
            },
        ),
    )

    def scope(self, request: HttpRequest, queryset: QuerySet[Model]) -> QuerySet[Model]:
        return visible_to(request.user, queryset, "repository")

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        fixed = [] if obj is None else ["repository"]  # a task never changes its repository
        return [*super().get_readonly_fields(request, obj), *fixed]

    def create_object(self, request: HttpRequest, form: Any) -> Task:
        values = {n: form.cleaned_data[n] for n in form.cleaned_data if n in form.fields}
        repository = values.pop("repository")
        return create_task(actor=request.user, repository=repository, values=values)  # type: ignore[arg-type]

    def update_object(self, request: HttpRequest, obj: Any, form: Any) -> Task:
        updated = update_task(
            actor=request.user,  # type: ignore[arg-type]
            task=obj,
            changes=self.changed_values(form),
            expected_version=self.seen_version(form),
        )
        warn(request, updated)
        return updated

    def delete_object(self, request: HttpRequest, record: Any, expected_version: int) -> Batch:
        return delete_task(actor=request.user, task=record, expected_version=expected_version)  # type: ignore[arg-type]

    def restore_object(self, request: HttpRequest, record: Any, expected_version: int) -> Batch:
        return restore_task(actor=request.user, task=record, expected_version=expected_version)  # type: ignore[arg-type]

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        fieldsets = super().get_fieldsets(request, obj)
        if obj is None or self.has_change_permission(request, obj):
            return fieldsets
        return [
            (name, {**options, "fields": [SHOWN_INSTEAD.get(f, f) for f in options["fields"]]})
            for name, options in fieldsets
        ]

    # -- what is shown ----
    @admin.display(description="Content")
    def list_title(self, task: Task) -> SafeString:
        return title(task.content)

    @admin.display(description="Status")
    def list_status(self, task: Task) -> SafeString:
        shown = state(task.status, task.get_status_display())
        return format_html("{} {}", DELETED, shown) if is_deleted(task) else shown

    @admin.display(description="Priority")
    def list_priority(self, task: Task) -> SafeString:
        return state(task.priority, task.get_priority_display())

    def summary(self, record: Task) -> Sequence[Any]:
        criteria = record.acceptance_criteria
        met = sum(1 for item in criteria if item.get("met"))
        parts = [
            state(record.status, record.get_status_display()),
            record.repository.name,
            format_html("priority <strong>{}</strong>", record.get_priority_display()),
            record.assignee or "nobody assigned",
        ]
        claim = claim_of(record)
        if claim is not None and not has_expired(claim):
            parts.append(format_html("held by <strong>{}</strong>", claim.holder))
        if criteria:
            parts.append(f"{met} of {len(criteria)} criteria met")
        if record.removed_from_prd_at:
            parts.append(GONE)
        return [*parts, f"version {record.version}", f"created {ago(record.created_at)}"]

    @admin.display(description="Held by")
    def held_by(self, task: Task) -> SafeString:
        claim = claim_of(task)
        if claim is None:
            return dash()
        until = f"until {moment(claim.expires_at)}, {expiry(claim)}"
        return format_html("{} · {} · fence {}", claim.holder, until, claim.fence)

    @admin.display(description="Depends on")
    def depends_on(self, task: Task) -> SafeString:
        return _neighbours(TaskDependency.objects.filter(task=task), "depends_on")

    @admin.display(description="Needed by")
    def needed_by(self, task: Task) -> SafeString:
        return _neighbours(TaskDependency.objects.filter(depends_on=task), "task")

    @admin.display(description="Completing it makes ready")
    def makes_ready(self, task: Task) -> SafeString:
        return made_ready(task)

    @admin.display(description="Tags")
    def tags_line(self, task: Task) -> SafeString:
        return format_html("{}", ", ".join(task.tags)) if task.tags else dash()

    @admin.display(description="Acceptance criteria")
    def criteria_list(self, task: Task) -> SafeString:
        criteria = task.acceptance_criteria
        return items(f"[{'x' if item.get('met') else ' '}] {item['text']}" for item in criteria)

    @admin.display(description="Parent task")
    def parent_link(self, task: Task) -> SafeString:
        return related(task.parent_task)

    @admin.display(description="PRD")
    def prd_link(self, task: Task) -> SafeString:
        return related(task.prd)

    @admin.display(description="Template")
    def template_link(self, task: Task) -> SafeString:
        return related(task.template)

    @admin.display(description="Comes from")
    def source(self, task: Task) -> SafeString:
        key = getattr(task, "external_key", None)
        parts = [f"as {key.key}" if key else "", task.source_section, self._lines(task)]
        if task.removed_from_prd_at:
            gone = f"no longer in the document since {task.removed_from_prd_at:%Y-%m-%d %H:%M}"
            parts.append(format_html("<strong>{}</strong>", gone))
        shown = format_html_join(" · ", "{}", ((part,) for part in parts if part))
        return shown or dash()

    def _lines(self, task: Task) -> SafeString | str:
        """The lines of the document, which lead to their place in it."""
        first, last = task.source_first_line, task.source_last_line
        if not first:
            return ""
        lines = f"line {first}" if first == last else f"lines {first} to {last}"
        if task.prd_id is None:
            return lines
        url = reverse("admin:prds_prd_document", args=[task.prd_id])
        return link(f"{url}?line={first}", lines)

    @admin.display(description="Score")
    def complexity_explained(self, task: Task) -> SafeString:
        if not task.complexity_version:
            return dash()
        return render_to_string("console/complexity.html", {"complexity": complexity_of(task)})

    @admin.display(description="Metadata")
    def readable_metadata(self, task: Task) -> SafeString:
        return json_block(task.metadata)

    # -- moves ----
    def allows(self, record: Task, action: str) -> bool:
        if action in MOVES:
            return not is_deleted(record) and MOVES[action].suits(record.status)
        return super().allows(record, action)

    start = move_action("start")
    complete = move_action("complete")
    put_back = move_action("put_back")
    resume = move_action("resume")
    revive = move_action("revive")
    cancel = move_action("cancel")


def _neighbours(links: Any, name: str) -> SafeString:
    """Up to twelve tasks on one side of the dependencies: a link each, its status, if deleted."""
    found = list(
        links.select_related(name)
        .only("kind", f"{name}__content", f"{name}__status", f"{name}__deleted_at")
        .order_by("id")[: LINKS_SHOWN + 1]
    )
    parts: list[Any] = []
    for row in found[:LINKS_SHOWN]:
        task = getattr(row, name)
        kind = "" if row.kind == DependencyKind.BLOCKS else f" ({row.get_kind_display().lower()})"
        label = state(task.status, task.get_status_display())
        parts.append(format_html("{} {}{}", label, related(task), kind))
    if len(found) > LINKS_SHOWN:
        parts.append("… and more")
    return items(parts)
