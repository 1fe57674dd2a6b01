"""Django registration of the tuning part."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class TuningConfig(AppConfig):
    """Hyper-parameter studies."""

    name = "platform_core.tuning"
    label = "tuning"

    def ready(self) -> None:
        """Register the job kind."""
        from platform_core.jobs import api as jobs  # noqa: PLC0415  (models are loaded only now)
        from platform_core.tuning.params import STUDY_KIND  # noqa: PLC0415

        jobs.register_kind(
            jobs.JobKind(
                name=STUDY_KIND,
                entry="platform_core.tuning.engine.job:tune",
                title=_("Search hyper-parameters"),
                permission="model.train",
            )
        )
