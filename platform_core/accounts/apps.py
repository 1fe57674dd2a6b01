"""Django registration of the accounts part."""

from django.apps import AppConfig


class AccountsConfig(AppConfig):
    """Who may do what: organisations, users, roles, API keys and the permission table."""

    name = "platform_core.accounts"
    label = "accounts"
