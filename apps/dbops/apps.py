from typing import Any

from django.apps import AppConfig
from django.db.models.signals import post_migrate


def maintain_after_migrate(sender: Any, using: str = "default", **kwargs: Any) -> None:
    """A migration may have made tables: give them partitions and rights at once."""
    from .services import maintain  # not before the models are loaded

    maintain(using)


class DbopsConfig(AppConfig):
    """Partitions, the application's rights, and the workers that run jobs."""

    name = "apps.dbops"

    def ready(self) -> None:
        # Django sends post_migrate once for each app with models; ours is sent last of what it
        # needs, because the sender is the last app of the import order.
        from django.apps import apps

        from . import checks  # noqa: F401  (registers the system check)

        post_migrate.connect(maintain_after_migrate, sender=apps.get_app_config("tasks"))
