"""Overview: the board of one detector, its live decisions, and all detectors."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _

from apps.fraud import selectors
from apps.fraud.models import Detector
from apps.fraud.views import board, quality
from apps.fraud.views.chosen import choose, listing
from platform_core.web.api import Page


class Overview(Page):
    """The application's front page."""

    required_permission = {"GET": "model.view"}

    def get(self, request: HttpRequest) -> HttpResponse:
        """Show the board of the chosen detector above the list of all."""
        listed = listing(self.actor)
        chosen = choose(self.actor, listed, request.GET.get("detector", ""))
        metrics = selectors.champion_metrics(actor=self.actor, detectors=listed)
        context: dict[str, Any] = {
            "rows": [(each, quality.headline(metrics.get(each.name))) for each in listed],
            "detectors": listed,
            "detector": chosen,
            "tab": "fraud:overview",
            "steps": [] if listed else self._steps(),
        }
        if chosen is not None and chosen.state == Detector.State.READY:
            paused = bool(request.GET.get("paused"))
            context |= board.context(self.actor, chosen, is_paused=paused)
        return render(request, "fraud/overview.html", context)

    def _steps(self) -> list[dict[str, Any]]:
        has_data = bool(selectors.dataset_choices(actor=self.actor))
        return [
            {
                "title": _("Upload your payments"),
                "text": _("One row per payment, with a time. Frauds marked where they are known."),
                "state": "done" if has_data else "current",
                "href": reverse("datasets:upload"),
                "label": _("Upload data"),
            },
            {
                "title": _("Train a detector"),
                "text": _("Columns are guessed, features and settings chosen."),
                "state": "current" if has_data else "todo",
                "href": reverse("fraud:train"),
                "label": _("Train detector"),
            },
            {
                "title": _("Ask it before you pay"),
                "text": _("Every decision comes with its reasons and can be replayed."),
            },
        ]
