"""Work sessions in the console: their list, and the page of each."""

from django.contrib import admin

from apps.audit.admin import EventAdmin
from apps.work_sessions.models import WorkSessionEvent

from .sessions import WorkSessionAdmin

__all__ = ["WorkSessionAdmin"]

admin.site.register(
    WorkSessionEvent,
    EventAdmin,
    title_field="session_id",
    list_defer=("session_summary", "files_changed", "tools_used", "productivity_factors"),
)
