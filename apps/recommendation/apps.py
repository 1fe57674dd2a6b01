"""Registers the recommendation application with the core, by dotted name: nothing heavy is imported."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

LABEL = "recommendation"


class RecommendationConfig(AppConfig):
    """Recommendation."""

    name = "apps.recommendation"
    label = LABEL

    def ready(self) -> None:
        """Register the job kinds, the predictor's loader, the place in the navigation and the search."""
        from apps.recommendation.views import finding  # noqa: PLC0415  (models are loaded only now)
        from platform_core.compression import api as compression  # noqa: PLC0415
        from platform_core.jobs import api as jobs  # noqa: PLC0415
        from platform_core.serving import api as serving  # noqa: PLC0415
        from platform_core.web import api as web  # noqa: PLC0415

        jobs.register_kind(
            jobs.JobKind(
                name=f"{LABEL}.train",
                entry="apps.recommendation.engine:train",
                title=_("Train recommender"),
            )
        )
        jobs.register_kind(
            jobs.JobKind(
                name=f"{LABEL}.evaluate",
                entry="apps.recommendation.engine:evaluate",
                title=_("Evaluate recommender"),
            )
        )
        serving.register_loader(LABEL, "apps.recommendation.engine:load_predictor")
        compression.register_sampler(LABEL, "apps.recommendation.engine:sample_requests")
        web.register_application(
            web.Application(
                key=LABEL,
                title=_("Recommendation"),
                summary=_("Learn what people like, and show each of them the right items."),
                url_name=f"{LABEL}:overview",
                tabs=(
                    web.Tab(_("Overview"), f"{LABEL}:overview"),
                    web.Tab(_("Data"), f"{LABEL}:data", "dataset.view"),
                    web.Tab(_("Train"), f"{LABEL}:train", "model.train"),
                    web.Tab(_("Models"), f"{LABEL}:models"),
                    web.Tab(_("Try it"), f"{LABEL}:try", "prediction.call"),
                    web.Tab(_("Evaluate"), f"{LABEL}:evaluate"),
                    web.Tab(_("API"), f"{LABEL}:api"),
                ),
            )
        )
        web.register_search(finding.recommenders)
