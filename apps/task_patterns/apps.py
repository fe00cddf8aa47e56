from django.apps import AppConfig


class TaskPatternsConfig(AppConfig):
    """Patterns mined from finished work."""

    name = "apps.task_patterns"
