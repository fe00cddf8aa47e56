from django.apps import AppConfig


class AccountsConfig(AppConfig):
    """Who may use TaskHub: people, their API tokens and what these may do."""

    name = "apps.accounts"
