"""PRDs in the console: read the document and what the parser made of it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.contrib import admin
from django.db.models import Model, QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.safestring import SafeString
from unfold.contrib.filters.admin import ChoicesRadioFilter

from apps.audit.admin import EventAdmin, RecordAdmin
from apps.core.admin import CreatedWindowFilter, RelatedFilter
from apps.core.admin.display import dash, items, json_block, link, state, text_block, title
from apps.repositories.admin.scope import visible_to

from .models import PRD, PRDEvent
from .querysets import CONTENT_COLUMNS

NOTES_SHOWN = 50


@admin.register(PRD)
class PRDAdmin(RecordAdmin):
    """Documents. They come in by import; nothing is edited here."""

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
    )
    list_select_related = ("repository",)
    list_defer = (*CONTENT_COLUMNS, "metadata", "parse_errors")
    search_fields = ("title", "filename")
    search_help_text = "Part of the title or filename, or an id"
    palette_icon = "description"
    readonly_fields = ("tasks", "notes", "document", "readable_metadata")
    fieldsets = (
        (None, {"fields": (("title", "filename"), ("repository", "status"), "tasks")}),
        ("Parsing", {"fields": (("parse_status", "parsed_at"), "notes")}),
        ("Document", {"fields": ("document",)}),
        (
            "Record",
            {
                "classes": ("collapse",),
                "fields": (
                    "id",
                    ("created_at", "updated_at"),
                    ("version", "revision"),
                    ("parser_version", "complexity_score"),
                    "content_hash",
                    "readable_metadata",
                ),
            },
        ),
    )

    def scope(self, request: HttpRequest, queryset: QuerySet[Model]) -> QuerySet[Model]:
        return visible_to(request.user, queryset, "repository")

    @admin.display(description="Title")
    def list_title(self, prd: PRD) -> SafeString:
        return title(str(prd), 80)

    @admin.display(description="Status")
    def list_status(self, prd: PRD) -> SafeString:
        return state(prd.status, prd.get_status_display())

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
        url = reverse("admin:tasks_task_changelist")
        return link(f"{url}?prd__id__exact={prd.pk}", f"{prd.task_count} tasks from this document")

    @admin.display(description="Open questions")
    def notes(self, prd: PRD) -> SafeString:
        if not prd.parse_errors:
            return dash()
        shown: list[Any] = [
            f"Line {note.get('line', '?')}: {note.get('message', '')}"
            for note in prd.parse_errors[:NOTES_SHOWN]
        ]
        if len(prd.parse_errors) > NOTES_SHOWN:
            shown.append(f"… and {len(prd.parse_errors) - NOTES_SHOWN} more")
        return items(shown)

    @admin.display(description="Text")
    def document(self, prd: PRD) -> SafeString:
        return text_block(prd.content)

    @admin.display(description="Metadata")
    def readable_metadata(self, prd: PRD) -> SafeString:
        return json_block(prd.metadata)


admin.site.register(PRDEvent, EventAdmin, title_field="title")
