from django.apps import AppConfig


class OpsConfig(AppConfig):
    """Liveness, readiness, metrics."""

    name = "apps.ops"
