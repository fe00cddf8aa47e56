from django.apps import AppConfig


class CoreConfig(AppConfig):
    """The kernel: abstract and pure code that every app builds on; it imports none."""

    name = "apps.core"

    def ready(self) -> None:
        from . import checks  # noqa: F401  (registers the system checks)
