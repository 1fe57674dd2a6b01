"""Django registration of the console part."""

from django.apps import AppConfig


class ConsoleConfig(AppConfig):
    """The admin site for model operations."""

    name = "platform_core.console"
    label = "console"
