"""Imports and their plans in the console."""

from django.contrib import admin

from apps.audit.admin import EventAdmin
from apps.planning.models import PRDPlanEntryEvent, PRDPlanEvent

from .plans import PRDPlanAdmin, PRDPlanEntryAdmin

__all__ = ["PRDPlanAdmin", "PRDPlanEntryAdmin"]

admin.site.register(PRDPlanEvent, EventAdmin, title_field="filename")
admin.site.register(PRDPlanEntryEvent, EventAdmin, title_field="title", list_defer=("answers",))
