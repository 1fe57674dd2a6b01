"""Try it: one event decided without storing anything."""

from collections.abc import Mapping
from typing import Any
from uuid import uuid4

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone

from apps.fraud import selectors
from apps.fraud.forms import EventForm, initial
from apps.fraud.models import Detector
from apps.fraud.selectors import rules as reads
from apps.fraud.views import showing
from apps.fraud.views.chosen import DetectorPage, listing
from platform_core.accounts.api import Actor
from platform_core.errors import PlatformError

EVENT_ID = "event_id"


class TryIt(DetectorPage):
    """A form with the detector's columns, and what it would decide."""

    template = "fraud/try.html"
    tab = "fraud:try"
    required_permission = {"GET": "prediction.call", "POST": "prediction.call"}

    def context(self, detector: Detector) -> dict[str, Any]:
        """Return the form, with an id and the time filled in."""
        return {"form": form_for(self.actor, detector)}

    def post(self, request: HttpRequest) -> HttpResponse:
        """Decide about the event of the form; nothing is stored."""
        name = request.GET.get("detector", "")
        detector = selectors.get_detector(actor=self.actor, name=name)
        form = form_for(self.actor, detector, request.POST)
        told: dict[str, Any] = {"form": form}
        if form.is_valid():
            try:
                told["answer"] = self._decided(detector, form.event())
            except PlatformError as error:
                form.refuse(error)
        shared = {"detectors": listing(self.actor), "detector": detector, "tab": self.tab}
        status = 422 if form.errors else 200
        return render(request, self.template, {**shared, **told}, status=status)

    def _decided(self, detector: Detector, event: dict[str, Any]) -> dict[str, Any]:
        from apps.fraud.engine.live import scoring  # noqa: PLC0415  (numpy: only who scores)

        told = scoring.score(actor=self.actor, name=detector.name, events=[event], dry_run=True)
        return shown(detector, told[0])


def shown(detector: Detector, told: Mapping[str, Any]) -> dict[str, Any]:
    """Return a decision in words."""
    return {
        **told,
        "outcome": showing.outcome(str(told["decision"])),
        "decided_by": showing.decided_by(str(told["decided_by"])),
        "reasons": [showing.reason(detector, each) for each in told["reasons"]],
        "rule_hits": [
            {**each, "shown": showing.outcome(str(each["action"]))} for each in told["rule_hits"]
        ],
        "features": [
            (showing.feature(detector, name), showing.value(value))
            for name, value in told["features"].items()
        ],
    }


def form_for(actor: Actor, detector: Detector, posted: Any = None) -> EventForm:
    """Return the form of an event of this detector."""
    fields = reads.fields_of(actor=actor, detector=detector)
    features = {each["name"] for each in (detector.features or {}).get("features", [])}
    roles = {role: name for role, name in detector.columns.items() if role != "label"}
    needed = {roles.get("id") or EVENT_ID, *roles.values()}
    own = needed | set(detector.entities)
    columns = {
        name: kind
        for name, kind in fields.items()
        if name in own or (name != "score" and name not in features | set(detector.normals or {}))
    }
    columns |= {name: "string" for name in needed if name not in columns}
    if "id" in roles:
        columns[roles["id"]] = "string"
    start = {roles.get("id") or EVENT_ID: f"try-{uuid4().hex[:8]}"}
    if "time" in roles:
        start[roles["time"]] = timezone.now().isoformat(timespec="seconds")
    return EventForm(posted, columns=columns, required=needed, initial=initial(start))
