from django.apps import AppConfig


class WorkSessionsConfig(AppConfig):
    """Work sessions, and what they say of tasks."""

    name = "apps.work_sessions"

    def ready(self) -> None:
        from apps.outbox.handlers import register_handler
        from apps.tasks.session_ids import register_session_rule

        from .services import (  # not before the models are loaded
            check_session_names,
            derive_session_work,
        )

        register_handler("session_work", derive_session_work)
        register_session_rule(check_session_names)
