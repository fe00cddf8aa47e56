from django.apps import AppConfig


class PrdsConfig(AppConfig):
    """Product requirement documents: store, revisions, parser."""

    name = "apps.prds"
