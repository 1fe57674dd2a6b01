"""Overview: what the application does, how it stands, and the recommenders."""

from collections.abc import Sequence
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from apps.recommendation import selectors
from apps.recommendation.models import Recommender
from apps.recommendation.views import quality
from apps.recommendation.views.chosen import MAX_LISTED
from platform_core.web.api import Page


class Overview(Page):
    """The application's front page."""

    required_permission = {"GET": "model.view"}

    def get(self, request: HttpRequest) -> HttpResponse:
        """List the recommenders under a strip of figures."""
        listed = list(selectors.recommenders(actor=self.actor).order_by("-created_at")[:MAX_LISTED])
        metrics = selectors.champion_metrics(actor=self.actor, recommenders=listed)
        rows = [(each, quality.headline(metrics.get(each.name))) for each in listed]
        context = {
            "rows": rows,
            "figures": self._figures(listed, [head for _each, head in rows if head]),
            "steps": [] if listed else self._steps(),
        }
        return render(request, "recommendation/overview.html", context)

    def _figures(
        self, listed: Sequence[Recommender], heads: Sequence[quality.Cell]
    ) -> list[dict[str, Any]]:
        ready = sum(each.state == Recommender.State.READY for each in listed)
        training = sum(each.is_training for each in listed)
        latest, before = selectors.event_counts(actor=self.actor, now=timezone.now())
        best = max(heads, key=lambda head: head.gain or 0, default=None)
        return [
            {
                "label": _("Recommenders answering"),
                "value": ready,
                "compare": _("of %(count)d") % {"count": len(listed)},
            },
            {"label": _("In training"), "value": training, "compare": _("now")},
            {
                "label": _("Events, last 24 hours"),
                "value": latest,
                "compare": _("%(count)d the day before") % {"count": before},
            },
            {
                "label": _("Best gain over popularity"),
                "value": f"×{best.gain:.1f}" if best and best.gain else "–",
                "compare": best.title if best else _("no version yet"),
            },
        ]

    def _steps(self) -> list[dict[str, Any]]:
        has_data = bool(selectors.dataset_choices(actor=self.actor))
        return [
            {
                "title": _("Upload your data"),
                "text": _("One row per choice: who, and what. CSV, TSV, Parquet or JSON Lines."),
                "state": "done" if has_data else "current",
                "href": reverse("recommendation:data"),
                "label": _("Upload data"),
            },
            {
                "title": _("Train a recommender"),
                "text": _("Columns are guessed, parameters chosen; you watch it learn."),
                "state": "current" if has_data else "todo",
                "href": reverse("recommendation:train"),
                "label": _("Train recommender"),
            },
            {
                "title": _("Try it and call it"),
                "text": _("In the browser, then from your programs."),
            },
        ]
