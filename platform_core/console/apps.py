"""Django registration of the console."""

from django.apps import AppConfig
from django.contrib.admin.apps import AdminConfig


class ConsoleConfig(AppConfig):
    """The admin site for model operations."""

    name = "platform_core.console"
    label = "console"


class ConsoleAdminConfig(AdminConfig):
    """Makes the console the default admin site."""

    default_site = "platform_core.console.site.ConsoleSite"
