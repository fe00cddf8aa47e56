from django.apps import AppConfig


class TasksConfig(AppConfig):
    """Tasks and the dependencies between them."""

    name = "apps.tasks"

    def ready(self) -> None:
        from apps.core.deletion import register_deletion_lock, register_waiting
        from apps.outbox.handlers import register_handler

        from .counters import recount_tasks  # not before the models are loaded
        from .deletion import waiting_tasks
        from .graph import lock_graph

        register_deletion_lock(lock_graph)
        register_waiting(waiting_tasks)
        register_handler("prd", recount_tasks)
