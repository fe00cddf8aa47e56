from django.apps import AppConfig


class TasksConfig(AppConfig):
    """Tasks and the dependencies between them."""

    name = "apps.tasks"
