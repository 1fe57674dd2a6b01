"""Decisions: looked up, explained, and made again."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.dateparse import parse_datetime

from apps.fraud import selectors
from apps.fraud.models import Decision, Detector, Outcome
from apps.fraud.selectors import board
from apps.fraud.selectors.decisions import as_uuid
from apps.fraud.views import contributed, showing
from apps.fraud.views.chosen import DetectorPage
from platform_core.web.api import Page

LISTED = 50


class Decisions(DetectorPage):
    """The newest decisions of a detector; `q` looks one up by its event or its own id."""

    template = "fraud/decisions.html"
    tab = "fraud:decisions"
    required_permission = {"GET": "decision.view"}

    def get(self, request: HttpRequest) -> HttpResponse:
        """Go to the decision that was looked up, else list."""
        if found := self._looked_up(request.GET.get("q", "").strip()):
            return redirect("fraud:decision", decision_id=str(found.pk))
        return super().get(request)

    def context(self, detector: Detector) -> dict[str, Any]:
        """Return one page of decisions."""
        asked = {name: self.request.GET.get(name, "") for name in ("q", "outcome", "before")}
        found = selectors.decisions(actor=self.actor, detector=detector)
        if asked["outcome"] in Outcome.values:
            found = found.filter(outcome=asked["outcome"])
        if moment := _moment(asked["before"]):
            found = found.filter(decided_at__lt=moment)
        rows = list(found[: LISTED + 1])
        truth = board.labels_of(detector=detector, event_ids=[each.event_id for each in rows])
        last = rows[LISTED - 1] if len(rows) > LISTED else None
        kept = {"detector": detector.name, "outcome": asked["outcome"]}
        return {
            "rows": [
                (each, showing.outcome(each.outcome), truth.get(each.event_id))
                for each in rows[:LISTED]
            ],
            "asked": asked,
            "outcomes": Outcome.choices,
            "older": _page(kept, last.decided_at) if last else "",
            "newest": f"?{urlencode(kept)}" if moment else "",
        }

    def _looked_up(self, text: str) -> Decision | None:
        if not text:
            return None
        found = selectors.decisions(actor=self.actor)
        by_event = found.filter(event_id=text[:200])
        if name := self.request.GET.get("detector", ""):
            by_event = by_event.filter(detector__name=name)
        return by_event.first() or found.filter(pk=as_uuid(text)).first()


class Detail(Page):
    """One decision with everything it was made from."""

    required_permission = {"GET": "decision.view"}

    def get(self, request: HttpRequest, decision_id: str) -> HttpResponse:
        """Show what was decided, from what and why."""
        decision = selectors.get_decision(actor=self.actor, decision_id=decision_id)
        told = contributed.whole(self.actor, decision)
        return render(request, "fraud/decision.html", {"decision": decision, **told})


class Replay(Page):
    """A decision made again."""

    required_permission = {"POST": "decision.view"}

    def post(self, request: HttpRequest, decision_id: str) -> HttpResponse:
        """Decide again from what was stored and show both answers."""
        from apps.fraud.engine.live import replaying  # noqa: PLC0415  (numpy: only who scores)

        told = replaying.replay(actor=self.actor, decision_id=decision_id)
        context = {"replay": told, "then": _side(told["then"]), "now": _side(told["now"])}
        if "HX-Request" in request.headers:
            return render(request, "fraud/replayed.html", context)
        decision = selectors.get_decision(actor=self.actor, decision_id=decision_id)
        shown = contributed.whole(self.actor, decision)
        return render(request, "fraud/decision.html", {"decision": decision, **shown, **context})


def _side(told: Mapping[str, Any]) -> dict[str, Any]:
    return {"outcome": showing.outcome(str(told["decision"])), "score": told["score"]}


def _moment(text: str) -> datetime | None:
    try:
        found = parse_datetime(text)
    except ValueError:
        return None
    return found if found and found.tzinfo else None


def _page(kept: Mapping[str, str], moment: datetime) -> str:
    return f"?{urlencode({**kept, 'before': moment.isoformat()})}"
