"""Django registration of the web part."""

from django.apps import AppConfig


class WebConfig(AppConfig):
    """Base page, navigation, shared components, static files and the plumbing of pages and REST."""

    name = "platform_core.web"
    label = "web"

    def ready(self) -> None:
        """Hold the applications' places on the rail; later apps replace them."""
        from platform_core.web import navigation, placeholders  # noqa: PLC0415  (apps are loaded now)

        for planned in placeholders.PLANNED:
            navigation.register_application(planned)
