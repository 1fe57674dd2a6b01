"""Django registration of the registry part."""

from django.apps import AppConfig


class RegistryConfig(AppConfig):
    """Signed model versions with lineage, metrics, cards and aliases."""

    name = "platform_core.registry"
    label = "registry"

    def ready(self) -> None:
        """Put the models on the home page and into search."""
        from platform_core.registry import home  # noqa: PLC0415  (models are loaded only now)

        home.register()
