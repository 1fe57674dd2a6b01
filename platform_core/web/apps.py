"""Django registration of the web part."""

from django.apps import AppConfig


class WebConfig(AppConfig):
    """Base page, navigation, shared components, static files and the plumbing of pages and REST."""

    name = "platform_core.web"
    label = "web"
