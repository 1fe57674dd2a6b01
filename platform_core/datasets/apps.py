"""Django registration of the datasets part."""

from django.apps import AppConfig


class DatasetsConfig(AppConfig):
    """Encrypted, versioned tables: ingest, profile, clean, split, preview, stream to training, shred."""

    name = "platform_core.datasets"
    label = "datasets"

    def ready(self) -> None:
        """Tell the home page and search where to ask."""
        from platform_core.datasets import home  # noqa: PLC0415  (models are loaded only now)
        from platform_core.web import api as web  # noqa: PLC0415

        web.register_figure(home.figure)
        web.register_activity(home.activity)
        web.register_search(home.search)
