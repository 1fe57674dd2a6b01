"""Django registration of the compression part."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class CompressionConfig(AppConfig):
    """Smaller versions of registered models."""

    name = "platform_core.compression"
    label = "compression"

    def ready(self) -> None:
        """Register the job kind."""
        from platform_core.compression.services import KIND  # noqa: PLC0415  (models are loaded only now)
        from platform_core.jobs import api as jobs  # noqa: PLC0415

        jobs.register_kind(
            jobs.JobKind(
                name=KIND,
                entry="platform_core.compression.engine:compress",
                title=_("Compress model"),
                permission="model.register",
            )
        )
