"""Imports, their plans, and suggestions in the console."""

from django.contrib import admin

from apps.audit.admin import EventAdmin
from apps.planning.models import PRDPlanEntryEvent, PRDPlanEvent, SuggestionEvent

from .plans import PRDPlanAdmin, PRDPlanEntryAdmin
from .suggestions import SuggestionAdmin
from .templates import TaskTemplateAdmin

__all__ = ["PRDPlanAdmin", "PRDPlanEntryAdmin", "SuggestionAdmin", "TaskTemplateAdmin"]

admin.site.register(PRDPlanEvent, EventAdmin, title_field="filename")
admin.site.register(PRDPlanEntryEvent, EventAdmin, title_field="title", list_defer=("answers",))
admin.site.register(
    SuggestionEvent,
    EventAdmin,
    title_field="content",
    list_defer=("values", "sources", "reasons"),
)
