from django.apps import AppConfig


class AuditConfig(AppConfig):
    """History of every table: how it is written, by whom, and how it is read."""

    name = "apps.audit"
