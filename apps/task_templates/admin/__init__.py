"""Templates in the console: their list, the editor, their versions.

What is made of templates is the business of the app above, which registers the page.
"""

from django.contrib import admin

from apps.audit.admin import EventAdmin
from apps.task_templates.models import TaskTemplateEvent

from .templates import TemplateAdmin

__all__ = ["TemplateAdmin"]

admin.site.register(
    TaskTemplateEvent,
    EventAdmin,
    title_field="name",
    list_defer=("tasks", "variables", "description"),
)
