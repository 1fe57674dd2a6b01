"""Pages that move an endpoint's traffic: weights, canary, roll-back; and the comparison with the shadow."""

from collections.abc import Callable

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from platform_core.errors import PlatformError
from platform_core.sentences import refusal
from platform_core.serving import canaries, comparing, rollback, traffic
from platform_core.serving.models import Endpoint
from platform_core.serving.traffic_forms import CanaryForm, RefusableForm, TrafficForm
from platform_core.serving.views import detail, shown
from platform_core.serving.views.one import OneEndpoint


class TrafficPage(OneEndpoint):
    """Sends requests where the form says."""

    required_permission = {"POST": "endpoint.manage"}

    def post(self, request: HttpRequest, name: str) -> HttpResponse:
        """Set the traffic, or show the form's mistakes in the page."""
        endpoint = self.endpoint(name)
        form = TrafficForm.of(self.actor, endpoint, request.POST)
        done = _("The requests go where you said, within a third of a second.")

        def act() -> object:
            return traffic.set_traffic(actor=self.actor, endpoint=endpoint, plan=form.plan)

        return _carry_out(self, endpoint, form, act, done)


class CanaryPage(OneEndpoint):
    """Starts a canary."""

    required_permission = {"POST": "endpoint.manage"}

    def post(self, request: HttpRequest, name: str) -> HttpResponse:
        """Start it, or show the form's mistakes in the page."""
        endpoint = self.endpoint(name)
        form = CanaryForm.of(self.actor, endpoint, request.POST)
        done = _("The canary runs; it goes on or back by itself.")

        def act() -> object:
            return canaries.start_canary(actor=self.actor, endpoint=endpoint, **form.wanted)

        return _carry_out(self, endpoint, form, act, done)


class RollbackPage(OneEndpoint):
    """One step back, with one click."""

    required_permission = {"POST": "endpoint.manage"}

    def post(self, request: HttpRequest, name: str) -> HttpResponse:
        """Take back the newest move, and say which."""
        endpoint = self.endpoint(name)
        try:
            way = rollback.roll_back(actor=self.actor, endpoint=endpoint)
        except PlatformError as error:
            messages.error(request, refusal(error))
        else:
            messages.success(request, shown.done_words(way))
        return self.back(name)


class ShadowPage(OneEndpoint):
    """How the shadow's answers compare with those that were given."""

    required_permission = {"GET": "endpoint.view"}

    def get(self, request: HttpRequest, name: str) -> HttpResponse:
        """Show agreement, differences and latency by pair of versions."""
        endpoint = self.endpoint(name)
        reports = comparing.reports(actor=self.actor, endpoint=endpoint)
        context = {
            "endpoint": endpoint,
            "reports": [shown.report(report) for report in reports],
            "figures": shown.report_figures(reports[0]) if reports else [],
        }
        return render(request, "serving/shadow.html", context)


def _carry_out(
    page: OneEndpoint,
    endpoint: Endpoint,
    form: RefusableForm,
    act: Callable[[], object],
    done: str,
) -> HttpResponse:
    """Act on a valid form; show it with what was typed otherwise."""
    status = 400
    if form.is_valid():
        try:
            act()
        except PlatformError as error:
            form.refuse(error)
            status = error.status
        else:
            messages.success(page.request, done)
            return page.back(endpoint.name)
    return detail.show(page, endpoint.name, forms={form.key: form}, status=status)
