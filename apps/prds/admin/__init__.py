"""PRDs in the console."""

from django.contrib import admin

from apps.audit.admin import EventAdmin
from apps.prds.models import PRDEvent

from .prds import PRDAdmin

__all__ = ["PRDAdmin"]

admin.site.register(PRDEvent, EventAdmin, title_field="title")
