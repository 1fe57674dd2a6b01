"""Django registration of the serving part."""

from django.apps import AppConfig


class ServingConfig(AppConfig):
    """Endpoints and the model runtime: cache, warm-up, Open Inference Protocol v2."""

    name = "platform_core.serving"
    label = "serving"
