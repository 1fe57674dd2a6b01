"""Django registration of the serving part."""

from django.apps import AppConfig


class ServingConfig(AppConfig):
    """Endpoints and the model runtime: cache, warm-up, Open Inference Protocol v2."""

    name = "platform_core.serving"
    label = "serving"

    def ready(self) -> None:
        """Put the endpoints on the home page and into search."""
        from platform_core.serving import home  # noqa: PLC0415  (models are loaded only now)

        home.register()
