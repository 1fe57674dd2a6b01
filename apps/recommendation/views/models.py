"""Models: the versions of a recommender, which of them answers, and how they compare."""

from typing import Any

from django.utils.translation import gettext as _

from apps.recommendation import selectors, services
from apps.recommendation.models import Recommender
from apps.recommendation.views import facts, quality, tried
from apps.recommendation.views.chosen import RecommenderPage
from platform_core.web.api import VersionDoors

MAX_VERSIONS = 100
MAX_COMPARED = 4


class Models(RecommenderPage):
    """Versions with their figures; `?compare=1&compare=3` puts some side by side."""

    template = "recommendation/models.html"
    tab = "recommendation:models"

    def context(self, recommender: Recommender) -> dict[str, Any]:
        """Return the versions, the chosen ones compared, and the latest training."""
        found = selectors.versions(actor=self.actor, recommender=recommender)
        versions = list(found.prefetch_related("aliases")[:MAX_VERSIONS])
        names = quality.titles([each.metrics for each in versions])
        chosen = self.request.GET.getlist("compare")[:MAX_COMPARED]
        compared = [each for each in versions if str(each.number) in chosen]
        serving = [each for each in versions if each.number == recommender.serving_version]
        return {
            "rows": [(each, quality.aligned(each.metrics, list(names))) for each in versions],
            "columns": list(names.values()),
            "figures": quality.figures(serving[0].metrics) if serving else [],
            "compared": [each.number for each in compared],
            "comparison": quality.comparison(compared),
            "job": selectors.latest_job(actor=self.actor, recommender=recommender),
            "facts": facts.of(self.actor, recommender),
            **tried.of(next(iter(serving or versions), None)),
            **self._allowed(),
        }

    def _allowed(self) -> dict[str, Any]:
        return {
            "can_train": self.actor.can("model.train"),
            "can_promote": self.actor.can("model.promote"),
            "can_delete": self.actor.can("model.delete"),
            "kept": _("The versions trained before are kept and go on answering."),
        }


DOORS = VersionDoors(
    app="recommendation",
    asked="recommender",
    promote=services.promote,
    roll_back=services.roll_back,
    retrain=services.retrain,
    delete=services.delete_recommender,
)
"""Of the buttons on this page."""
