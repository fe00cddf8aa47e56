from django.apps import AppConfig


class WorkSessionsConfig(AppConfig):
    """Work sessions, and what they say of tasks."""

    name = "apps.work_sessions"

    def ready(self) -> None:
        from apps.outbox.handlers import register_handler

        from .services import derive_session_work  # not before the models are loaded

        register_handler("session_work", derive_session_work)
