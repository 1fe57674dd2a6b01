"""Registers the fraud application with the core, by dotted name: nothing heavy is imported."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

LABEL = "fraud"


class FraudConfig(AppConfig):
    """Fraud risk."""

    name = "apps.fraud"
    label = LABEL

    def ready(self) -> None:
        """Register the job kinds, the predictor's loader and the place in the navigation."""
        from apps.fraud.views import finding  # noqa: PLC0415  (models are loaded only now)
        from platform_core.jobs import api as jobs  # noqa: PLC0415
        from platform_core.serving import api as serving  # noqa: PLC0415
        from platform_core.web import api as web  # noqa: PLC0415

        jobs.register_kind(
            jobs.JobKind(
                name=f"{LABEL}.train",
                entry="apps.fraud.engine.training:train",
                title=_("Train detector"),
            )
        )
        jobs.register_kind(
            jobs.JobKind(
                name=f"{LABEL}.score",
                entry="apps.fraud.engine.batch:score",
                title=_("Score a data set"),
            )
        )
        jobs.register_kind(
            jobs.JobKind(
                name=f"{LABEL}.backtest",
                entry="apps.fraud.engine.backtesting:run",
                title=_("Back-test rules"),
            )
        )
        serving.register_loader(LABEL, "apps.fraud.engine.predictor:load_predictor")
        web.register_application(
            web.Application(
                key=LABEL,
                title=_("Fraud risk"),
                summary=_("Score payments as they happen, and explain every score to an analyst."),
                url_name=f"{LABEL}:overview",
                tabs=(
                    web.Tab(_("Overview"), f"{LABEL}:overview"),
                    web.Tab(_("Train"), f"{LABEL}:train", "model.train"),
                    web.Tab(_("Models"), f"{LABEL}:models"),
                    web.Tab(_("Cases"), f"{LABEL}:cases", "case.view"),
                    web.Tab(_("Decisions"), f"{LABEL}:decisions", "decision.view"),
                    web.Tab(_("Try it"), f"{LABEL}:try", "prediction.call"),
                    web.Tab(_("Rules"), f"{LABEL}:rules"),
                    web.Tab(_("Lists"), f"{LABEL}:lists", "decision.view"),
                    web.Tab(_("Policy"), f"{LABEL}:policy", "decision.view"),
                    web.Tab(_("API"), f"{LABEL}:api"),
                ),
            )
        )
        web.register_search(finding.detectors)
