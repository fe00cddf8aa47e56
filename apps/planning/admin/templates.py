"""The page of templates: the editor of the app below, with what planning makes of templates."""

from __future__ import annotations

from django.contrib import admin

from apps.task_templates.admin import TemplateAdmin
from apps.task_templates.models import TaskTemplate

from .template_instances import InstancePages
from .template_preview import PreviewPages
from .template_use import UsePages


@admin.register(TaskTemplate)
class TaskTemplateAdmin(UsePages, InstancePages, PreviewPages, TemplateAdmin):
    """Templates: editor with live preview, versions, uses and what became of them."""
