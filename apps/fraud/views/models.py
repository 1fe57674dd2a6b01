"""Models: the versions of a detector, which of them answers, and how they compare."""

from typing import Any

from django.utils.translation import gettext as _

from apps.fraud import selectors
from apps.fraud.models import Detector
from apps.fraud.services import lifecycle, promotion
from apps.fraud.views import facts, quality
from apps.fraud.views.chosen import DetectorPage
from platform_core.web.api import VersionDoors

MAX_VERSIONS, MAX_COMPARED = 100, 4


class Models(DetectorPage):
    """Versions with their figures; `?compare=1&compare=3` puts some side by side."""

    template = "fraud/models.html"
    tab = "fraud:models"

    def context(self, detector: Detector) -> dict[str, Any]:
        """Return the versions, the chosen ones compared, and the latest training."""
        found = selectors.versions(actor=self.actor, detector=detector)
        versions = list(found.prefetch_related("aliases")[:MAX_VERSIONS])
        names = quality.titles([each.metrics for each in versions])
        chosen = self.request.GET.getlist("compare")[:MAX_COMPARED]
        compared = [each for each in versions if str(each.number) in chosen]
        serving = [each for each in versions if each.number == detector.serving_version]
        return {
            "rows": [(each, quality.aligned(each.metrics, list(names))) for each in versions],
            "columns": list(names.values()),
            "figures": quality.figures(serving[0].metrics) if serving else [],
            "why": serving[0].parameters.get("why", "") if serving else "",
            "compared": [each.number for each in compared],
            "comparison": quality.comparison(compared),
            "chart": quality.over_versions(versions),
            "job": selectors.latest_job(actor=self.actor, detector=detector),
            "facts": facts.of(self.actor, detector),
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
    app="fraud",
    asked="detector",
    promote=promotion.promote,
    roll_back=promotion.roll_back,
    retrain=lifecycle.retrain,
    delete=lifecycle.delete_detector,
)
"""Of the buttons on this page."""
