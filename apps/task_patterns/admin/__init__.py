"""Patterns in the console: their list, the page of each, and what people say of them."""

from django.contrib import admin

from apps.audit.admin import EventAdmin
from apps.task_patterns.models import TaskPatternEvent

from .patterns import TaskPatternAdmin

__all__ = ["TaskPatternAdmin"]

admin.site.register(
    TaskPatternEvent, EventAdmin, title_field="signature", list_defer=("task_sequence",)
)
