"""Django registration of the training part."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class TrainingConfig(AppConfig):
    """Models that people describe themselves."""

    name = "platform_core.training"
    label = "training"

    def ready(self) -> None:
        """Register the job kinds."""
        from platform_core.jobs import api as jobs  # noqa: PLC0415  (models are loaded only now)
        from platform_core.training.params import PREDICT_KIND, TRAIN_KIND  # noqa: PLC0415

        jobs.register_kind(
            jobs.JobKind(
                name=TRAIN_KIND,
                entry="platform_core.training.engine.job:train",
                title=_("Train model"),
                permission="model.train",
            )
        )
        jobs.register_kind(
            jobs.JobKind(
                name=PREDICT_KIND,
                entry="platform_core.training.engine.predicting:predict",
                title=_("Predict rows"),
                permission="prediction.call",
            )
        )
