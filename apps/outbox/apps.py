from django.apps import AppConfig


class OutboxConfig(AppConfig):
    """Changes that wait for a worker: written by triggers, handled at least once."""

    name = "apps.outbox"

    def ready(self) -> None:
        from .health import register_checks  # not before the models are loaded

        register_checks()
