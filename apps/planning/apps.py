from django.apps import AppConfig


class PlanningConfig(AppConfig):
    """What needs several domains at once: PRD import, demo data."""

    name = "apps.planning"
