from django.apps import AppConfig


class RepositoriesConfig(AppConfig):
    """Repositories (the tenants), their members, and who may see what."""

    name = "apps.repositories"
