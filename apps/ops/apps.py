from django.apps import AppConfig


class OpsConfig(AppConfig):
    """Liveness, readiness, metrics."""

    name = "apps.ops"

    def ready(self) -> None:
        from .checks import register_checks

        register_checks()
