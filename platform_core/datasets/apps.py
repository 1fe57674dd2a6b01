"""Django registration of the datasets part."""

from django.apps import AppConfig


class DatasetsConfig(AppConfig):
    """Encrypted, versioned tables: ingest, profile, clean, split, preview, stream to training, shred."""

    name = "platform_core.datasets"
    label = "datasets"
