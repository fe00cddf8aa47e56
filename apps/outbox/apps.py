from django.apps import AppConfig


class OutboxConfig(AppConfig):
    """Changes that wait for a worker: written by triggers, handled at least once."""

    name = "apps.outbox"
