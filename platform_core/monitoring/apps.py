"""Django registration of the monitoring part."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class MonitoringConfig(AppConfig):
    """Drift, quality by late labels, alerts."""

    name = "platform_core.monitoring"
    label = "monitoring"

    def ready(self) -> None:
        """Register jobs, duties of the scheduler, and what canaries ask."""
        from platform_core.jobs import api as jobs  # noqa: PLC0415  (models are loaded only now)
        from platform_core.monitoring import quality, services  # noqa: PLC0415
        from platform_core.serving import api as serving  # noqa: PLC0415

        jobs.register_kind(
            jobs.JobKind(
                name=services.MEASURE,
                entry="platform_core.monitoring.engine:measure",
                title=_("Measure drift and quality"),
                permission="endpoint.manage",
            )
        )
        jobs.register_kind(
            jobs.JobKind(
                name=services.MAKE_DATASET,
                entry="platform_core.monitoring.engine:make_dataset",
                title=_("Data set from the request log"),
                permission="endpoint.manage",
            )
        )
        jobs.register_duty(
            jobs.Duty("monitoring", 15.0, "platform_core.monitoring.collecting.turn")
        )
        jobs.register_duty(
            jobs.Duty("monitoring.clean", 3600.0, "platform_core.monitoring.collecting.clean")
        )
        serving.register_quality(quality.source)
