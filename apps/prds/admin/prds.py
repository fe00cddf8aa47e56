"""The page of a PRD: the document, what the parser made of it, how complex it is."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.contrib import admin
from django.db.models import Model, QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from unfold.contrib.filters.admin import ChoicesRadioFilter

from apps.core.admin import CreatedWindowFilter, RelatedFilter
from apps.core.admin.display import (
    DELETED,
    is_deleted,
    json_block,
    link,
    state,
    title,
)
from apps.core.deletion import Batch
from apps.prds.models import PRD
from apps.prds.querysets import CONTENT_COLUMNS
from apps.prds.services import complexity_of, delete_prd, restore_prd
from apps.repositories.admin.deletable import DeletableAdmin, DeletedFilter
from apps.repositories.admin.scope import visible_to

from .document import ShownDocument, beginning_of, numbered
from .texts import TextPages

NOTES_SHOWN = 50


@admin.register(PRD)
class PRDAdmin(TextPages, DeletableAdmin):
    """Documents. They come in by import; nothing is edited here, but they can be deleted."""

    list_display = (
        "list_title",
        "filename",
        "repository",
        "list_status",
        "list_parse_status",
        "task_count",
        "updated_at",
    )
    list_display_links = ("list_title",)
    list_filter = (
        ("repository", RelatedFilter),
        ("status", ChoicesRadioFilter),
        ("parse_status", ChoicesRadioFilter),
        CreatedWindowFilter,
        DeletedFilter,
    )
    list_select_related = ("repository",)
    list_defer = (*CONTENT_COLUMNS, "metadata", "parse_errors")
    search_fields = ("title", "filename")
    search_help_text = "Part of the title or filename, or an id"
    palette_icon = "description"
    actions_detail = (
        "restore",
        {"title": "More", "icon": "more_horiz", "items": ["remove"]},
    )
    readonly_fields = ("tasks", "readable_metadata")
    change_form_outer_after_template = "console/prd.html"
    fieldsets = (
        (None, {"fields": (("title", "filename"), ("repository", "status"), "tasks")}),
        (
            "Record",
            {
                "classes": ("collapse",),
                "fields": (
                    "id",
                    ("created_at", "updated_at"),
                    ("version", "revision"),
                    ("parse_status", "parsed_at"),
                    ("parser_version", "complexity_score"),
                    "content_hash",
                    "readable_metadata",
                ),
            },
        ),
    )

    def scope(self, request: HttpRequest, queryset: QuerySet[Model]) -> QuerySet[Model]:
        return visible_to(request.user, queryset, "repository")

    def delete_object(self, request: HttpRequest, record: Any, expected_version: int) -> Batch:
        return delete_prd(actor=request.user, prd=record, expected_version=expected_version)  # type: ignore[arg-type]

    def restore_object(self, request: HttpRequest, record: Any, expected_version: int) -> Batch:
        return restore_prd(actor=request.user, prd=record, expected_version=expected_version)  # type: ignore[arg-type]

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> HttpResponse:
        prd: PRD | None = context.get("original")
        if prd is not None:
            document = beginning_of(prd, request.user)
            context["document"] = document
            context["questions"] = _questions(prd, document)
            context["more_questions"] = max(0, len(prd.parse_errors) - NOTES_SHOWN)
            context["complexity"] = complexity_of(prd)
        return super().render_change_form(request, context, *args, **kwargs)

    @admin.display(description="Title")
    def list_title(self, prd: PRD) -> SafeString:
        return title(str(prd), 80)

    @admin.display(description="Status")
    def list_status(self, prd: PRD) -> SafeString:
        shown = state(prd.status, prd.get_status_display())
        return format_html("{} {}", DELETED, shown) if is_deleted(prd) else shown

    @admin.display(description="Parsing")
    def list_parse_status(self, prd: PRD) -> SafeString:
        return state(prd.parse_status, prd.get_parse_status_display())

    def summary(self, record: PRD) -> Sequence[Any]:
        return (
            self.list_status(record),
            self.list_parse_status(record),
            record.repository.name,
            f"{record.task_count} tasks",
            f"revision {record.revision}",
        )

    @admin.display(description="Tasks")
    def tasks(self, prd: PRD) -> SafeString:
        url = f"{reverse('admin:tasks_task_changelist')}?prd__id__exact={prd.pk}"
        if is_deleted(prd):  # its counter counts live tasks
            return link(f"{url}&deleted=all", "Tasks from this document")
        return link(url, f"{prd.task_count} tasks from this document")

    @admin.display(description="Metadata")
    def readable_metadata(self, prd: PRD) -> SafeString:
        return json_block(prd.metadata)


def _questions(prd: PRD, document: ShownDocument) -> list[tuple[int | None, str, str]]:
    """What the parser left open: line, where it is to be seen, what it says."""
    return [
        (line, document.url(line) if line else "", message)
        for line, message in numbered(prd.parse_errors[:NOTES_SHOWN])
    ]
