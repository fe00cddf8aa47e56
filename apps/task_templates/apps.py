from django.apps import AppConfig


class TaskTemplatesConfig(AppConfig):
    """Reusable structures of tasks."""

    name = "apps.task_templates"
