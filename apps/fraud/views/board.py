"""The board of a detector, and its live stream of decisions."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from apps.fraud import selectors
from apps.fraud.models import Detector
from apps.fraud.selectors import board
from apps.fraud.views import showing
from platform_core.accounts.api import Actor
from platform_core.web.api import Page, number, percent

STREAMED = 15


class Live(Page):
    """The newest decisions of a detector; the fragment asks for itself again."""

    required_permission = {"GET": "decision.view"}

    def get(self, request: HttpRequest, name: str) -> HttpResponse:
        """Show figures and stream; `paused` stops it."""
        detector = selectors.get_detector(actor=self.actor, name=name)
        told = context(self.actor, detector, is_paused=bool(request.GET.get("paused")))
        return render(request, "fraud/live.html", {"detector": detector, **told})


def context(actor: Actor, detector: Detector, *, is_paused: bool = False) -> dict[str, Any]:
    """Return the figures, and the stream for those who may see decisions."""
    can_see = actor.can("decision.view")
    rows = selectors.decisions(actor=actor, detector=detector)[:STREAMED] if can_see else []
    return {
        "figures": _figures(detector),
        "stream": [(each, showing.outcome(each.outcome)) for each in rows],
        "can_see": can_see,
        "is_paused": is_paused,
    }


def _figures(detector: Detector) -> list[dict[str, Any]]:
    now = timezone.now()
    latest = board.counted(detector=detector, since=now - board.DAY, until=now)
    before = board.counted(detector=detector, since=now - 2 * board.DAY, until=now - board.DAY)
    truth = board.known(detector=detector)
    return [
        {
            "label": _("Losses stopped"),
            "value": number(truth.saved, 0) if truth.labels else "–",
            "compare": _("%(missed)s were missed; newest %(count)s known outcomes")
            % {"missed": number(truth.missed, 0), "count": number(truth.labels)}
            if truth.labels
            else _("no outcome is known yet"),
        },
        {
            "label": _("False positives"),
            "value": percent(truth.false_positives),
            "compare": _("%(count)s of %(held)s held-up payments were genuine")
            % {"count": number(truth.held_genuine), "held": number(truth.held)},
        },
        {
            "label": _("Approval rate, 24 hours"),
            "value": percent(latest.approval, 1),
            "compare": _("of %(count)s decisions; %(before)s the day before")
            % {"count": _at_most(latest.count), "before": percent(before.approval, 1)},
        },
        _queue(detector),
    ]


def _at_most(count: int) -> str:
    return f"{number(count)}+" if count >= board.MAX_COUNTED else number(count)


def _queue(detector: Detector) -> dict[str, Any]:
    count, loss = board.open_cases(detector=detector)
    return {
        "label": _("Open cases"),
        "value": number(count),
        "compare": _("expected loss %(loss)s") % {"loss": number(loss, 0)},
        "tone": "warn" if count else "",
        "href": f"{reverse('fraud:cases')}?detector={detector.name}",
    }
