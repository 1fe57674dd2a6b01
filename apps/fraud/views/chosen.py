"""Base of the pages about one detector: the address names it (`?detector=payments`)."""

from typing import Any, ClassVar

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from apps.fraud import selectors
from apps.fraud.models import Detector
from platform_core.accounts.api import Actor
from platform_core.web.api import Page

MAX_LISTED = 200


class DetectorPage(Page):
    """Shows `template` for the detector of the address, else the newest that can answer.

    Attributes:
        template: given `detector`, `detectors` and what `context` returns.
        tab: URL name of the page, for the tabs and the chooser.
    """

    template: ClassVar[str] = ""
    tab: ClassVar[str] = ""
    required_permission = {"GET": "model.view"}

    def get(self, request: HttpRequest) -> HttpResponse:
        """Show the page, or what to do while there is no detector."""
        listed = listing(self.actor)
        chosen = choose(self.actor, listed, request.GET.get("detector", ""))
        shared = {"detectors": listed, "detector": chosen, "tab": self.tab}
        if chosen is None:
            return render(request, "fraud/none.html", shared)
        return render(request, self.template, {**shared, **self.context(chosen)})

    def context(self, detector: Detector) -> dict[str, Any]:
        """Return what the template shows besides the detector."""
        raise NotImplementedError


def listing(actor: Actor) -> list[Detector]:
    """Return the detectors, newest first."""
    return list(selectors.detectors(actor=actor).order_by("-created_at")[:MAX_LISTED])


def choose(actor: Actor, listed: list[Detector], name: str) -> Detector | None:
    """Return the detector of that name; without one the newest that answers.

    Raises:
        DetectorNotFoundError: no detector of that name.
    """
    if name:
        return selectors.get_detector(actor=actor, name=name)
    answering = [each for each in listed if each.state == Detector.State.READY]
    return next(iter(answering or listed), None)
