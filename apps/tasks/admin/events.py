"""Every change of every task, newest first."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import Model, QuerySet
from django.http import HttpRequest

from apps.core.admin.events import EventAdmin
from apps.repositories.admin.scope import visible_to
from apps.tasks.models import TaskEvent


@admin.register(TaskEvent)
class TaskEventAdmin(EventAdmin):
    """The history of all tasks that the person may see."""

    title_field = "content"
    list_display = ("at", "verb", "record", "repository", "who", "through", "why")
    list_select_related = ("repository",)
    list_defer = ("details", "metadata", "complexity_factors", "acceptance_criteria")

    def scope(self, request: HttpRequest, queryset: QuerySet[Model]) -> QuerySet[Model]:
        return visible_to(request.user, queryset, "repository")

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        # Who may see tasks may see what happened to them.
        return bool(
            super().has_view_permission(request, obj) or request.user.has_perm("tasks.view_task")
        )
