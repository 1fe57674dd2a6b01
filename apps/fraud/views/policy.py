"""Policy: thresholds beside what they cost, asked for by one person and approved by another."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _

from apps.fraud import selectors
from apps.fraud.forms import PolicyForm
from apps.fraud.models import Change, Detector, Outcome
from apps.fraud.selectors import rules as reads
from apps.fraud.services import costing, policies
from apps.fraud.services.deciding import Policy as Rules
from apps.fraud.views import showing
from apps.fraud.views.chosen import DetectorPage, listing
from apps.fraud.views.rules import say
from platform_core.errors import PlatformError
from platform_core.web.api import Axis, Chart, Page, Trace, number

MAX_VERSIONS = 50


class Policy(DetectorPage):
    """The policy that decides, what it costs, its versions, and a form for the next."""

    template = "fraud/policy.html"
    tab = "fraud:policy"
    required_permission = {"GET": "decision.view", "POST": "policy.manage"}

    def context(self, detector: Detector) -> dict[str, Any]:
        """Return the active policy with its curve."""
        versions = reads.policies(actor=self.actor, detector=detector)
        active = versions.filter(is_active=True).first()
        policy = Rules.of(active.body) if active else Rules()
        changes = reads.changes(actor=self.actor, detector=detector)
        waiting = changes.filter(kind=Change.Kind.POLICY, state=Change.State.OPEN)
        found = costing.sample(detector=detector)
        return {
            "form": PolicyForm(initial=policy.body()),
            "active": active,
            "versions": list(versions.select_related("made_by")[:MAX_VERSIONS]),
            "waiting": list(waiting[:MAX_VERSIONS]),
            "can_manage": self.actor.can("policy.manage"),
            "can_approve": self.actor.can("policy.approve"),
            "me": self.actor.user,
            "chart": chart(found, policy),
            "effect": effect(found, policy, policy),
        }

    def post(self, request: HttpRequest) -> HttpResponse:
        """Write a version and let it decide, or ask a second person."""
        name = request.GET.get("detector", "")
        detector = selectors.get_detector(actor=self.actor, name=name)
        form = PolicyForm(request.POST)
        if form.is_valid():
            reason = form.cleaned_data["reason"]
            try:
                made = policies.create_version(
                    actor=self.actor, detector=detector, body=form.body(), note=reason
                )
                change = policies.activate(
                    actor=self.actor, detector=detector, number=made.number, reason=reason
                )
            except PlatformError as error:
                form.refuse(error)
            else:
                say(request, change)
                return _back(name)
        shared = {"detectors": listing(self.actor), "detector": detector, "tab": self.tab}
        context = {**shared, **self.context(detector), "form": form}
        return render(request, self.template, context, status=422)


class Preview(Page):
    """What the numbers of the form would have done."""

    required_permission = {"POST": "policy.manage"}

    def post(self, request: HttpRequest, name: str) -> HttpResponse:
        """Return counts and cost beside those of the active policy."""
        detector = selectors.get_detector(actor=self.actor, name=name)
        active = reads.policies(actor=self.actor, detector=detector).filter(is_active=True).first()
        now = Rules.of(active.body) if active else Rules()
        form = PolicyForm(request.POST)
        context: dict[str, Any] = {}
        if form.is_valid():
            try:
                asked = policies.checked(form.body())
            except PlatformError as error:
                context = {"error": error}
            else:
                found = costing.sample(detector=detector)
                context = {"effect": effect(found, now, asked), "chart": chart(found, asked)}
        return render(request, "fraud/policy_effect.html", context)


class Activate(Page):
    """Lets an older version decide again, or asks for it."""

    required_permission = {"POST": "policy.manage"}

    def post(self, request: HttpRequest, name: str, number: int) -> HttpResponse:
        """Ask for it."""
        detector = selectors.get_detector(actor=self.actor, name=name)
        change = policies.activate(actor=self.actor, detector=detector, number=number)
        say(request, change)
        return _back(name)


def effect(found: costing.Sample, now: Rules, asked: Rules) -> dict[str, Any] | None:
    """Return what two policies make of the sample; None without events."""
    if not len(found):
        return None
    counts = [costing.outcomes(found, each) for each in (now, asked)]
    rows = [(showing.outcome(each), counts[0][each], counts[1][each]) for each in Outcome]
    costs = [number(costing.cost(found, each), 0) for each in (now, asked)]
    return {"rows": rows, "costs": costs, "events": len(found), "is_known": found.is_known}


def chart(found: costing.Sample, policy: Rules) -> Chart | None:
    """Return the cost of each threshold; None without events."""
    drawn = costing.curves(found, policy)
    if not drawn:
        return None
    best = min(drawn, key=lambda each: each.best[1])
    at, cost = best.best
    note = (
        _("On the newest %(count)s payments whose truth is known.")
        if found.is_known
        else _("Expected by the scores of the newest %(count)s payments; few outcomes are known.")
    )
    words = {"outcome": best.outcome.label, "at": f"{at:.2f}", "cost": number(cost, 0)}
    return Chart(
        key="cost-curve",
        title=_("Cheapest alone: %(outcome)s from %(at)s, at %(cost)s") % words,
        note=note % {"count": number(len(found))},
        traces=[
            Trace(
                name=each.outcome.label,
                x=each.thresholds,
                y=[round(value, 2) for value in each.costs],
                hue="fraud" if each is best else "",
            )
            for each in drawn
        ],
        x=Axis(_("From this score on")),
        y=Axis(_("Total cost"), zero=True),
        extra_layout={"margin": {"l": 56, "r": 88, "t": 12, "b": 40}},
    )


def _back(name: str) -> HttpResponse:
    return redirect(f"{reverse('fraud:policy')}?detector={name}")
