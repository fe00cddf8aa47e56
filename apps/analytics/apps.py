"""The app's configuration."""

from django.apps import AppConfig


class AnalyticsConfig(AppConfig):
    """Figures of work, computed when they are asked for."""

    name = "apps.analytics"
