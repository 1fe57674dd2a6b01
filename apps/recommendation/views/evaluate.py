"""Evaluate: how good the versions are, beside popularity, and how that was measured."""

from typing import Any

from apps.recommendation import selectors
from apps.recommendation.forms import PROTOCOL_LABELS
from apps.recommendation.models import Recommender
from apps.recommendation.views import quality
from apps.recommendation.views.chosen import RecommenderPage

MAX_VERSIONS = 20
MAX_EVALUATIONS = 30


class Evaluate(RecommenderPage):
    """Figures and plots over the versions."""

    template = "recommendation/evaluate.html"
    tab = "recommendation:evaluate"

    def context(self, recommender: Recommender) -> dict[str, Any]:
        """Return the serving version's figures, the charts and the protocol."""
        found = selectors.versions(actor=self.actor, recommender=recommender)
        versions = list(found.prefetch_related("aliases")[:MAX_VERSIONS])
        serving = next(
            (each for each in versions if each.number == recommender.serving_version), None
        )
        asked = selectors.evaluations(actor=self.actor, recommender=recommender)
        evaluations = list(asked.defer("result")[:MAX_EVALUATIONS])
        return {
            "evaluations": [
                (each, PROTOCOL_LABELS.get(each.protocol["kind"], "")) for each in evaluations
            ],
            "can_train": self.actor.can("model.train"),
            "serving": serving,
            "figures": quality.figures(serving.metrics) if serving else [],
            "charts": quality.charts(versions, serving) if serving else [],
            "protocol": quality.protocol(serving.metrics) if serving else [],
            "why": serving.parameters.get("why", "") if serving else "",
            "comparison": quality.comparison(list(reversed(versions))),
        }
