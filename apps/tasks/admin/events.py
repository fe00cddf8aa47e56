"""Every change of every task, newest first."""

from __future__ import annotations

from django.contrib import admin

from apps.audit.admin import EventAdmin
from apps.tasks.models import TaskEvent


@admin.register(TaskEvent)
class TaskEventAdmin(EventAdmin):
    """The history of all tasks that the person may see."""

    title_field = "content"
    list_display = ("at", "verb", "record", "repository", "who", "through", "why")
    list_select_related = ("repository",)
    list_defer = ("details", "metadata", "complexity_factors", "acceptance_criteria")
