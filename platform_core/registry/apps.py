"""Django registration of the registry part."""

from django.apps import AppConfig


class RegistryConfig(AppConfig):
    """Signed model versions with lineage, metrics, cards and aliases."""

    name = "platform_core.registry"
    label = "registry"
