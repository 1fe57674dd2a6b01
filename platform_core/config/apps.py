"""Wires the parts together: a lower part that needs a higher one gets it here."""

from django.apps import AppConfig


class CompositionConfig(AppConfig):
    """The composition root."""

    name = "platform_core.config"
    label = "config"

    def ready(self) -> None:
        """Hand each part what it may not import itself."""
        from platform_core.config import (  # noqa: PLC0415  (models are loaded only now)
            openapi,  # noqa: F401  (importing registers the schemes)
            wiring,
        )

        wiring.connect()
