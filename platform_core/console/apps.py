"""Django registration of the console."""

from django.apps import AppConfig
from django.contrib import admin
from django.contrib.admin.apps import AdminConfig

from platform_core.console import naming


class ConsoleConfig(AppConfig):
    """The admin site for model operations."""

    name = "platform_core.console"
    label = "console"


class ConsoleAdminConfig(AdminConfig):
    """Makes the console the default admin site."""

    default_site = "platform_core.console.site.ConsoleSite"

    def ready(self) -> None:
        """Register the tables, then show their names in the reader's language."""
        super().ready()
        naming.translate(admin.site._registry)  # noqa: SLF001  (the one list of what is shown)
