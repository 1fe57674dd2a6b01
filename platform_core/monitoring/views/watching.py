"""What is watched of one endpoint: request log, drift, quality."""

from collections.abc import Callable

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from platform_core.errors import PlatformError
from platform_core.monitoring import selectors, services, shown
from platform_core.monitoring.forms import LogDatasetForm, LoggingForm, RefusableForm
from platform_core.serving import api as serving
from platform_core.web.api import Page

_DAYS = 30


class _Watched(Page):
    def endpoint(self, name: str) -> serving.Endpoint:
        return serving.get_endpoint(actor=self.actor, name=name)


class WatchPage(_Watched):
    """Drift, quality and the request log of an endpoint."""

    required_permission = {"GET": "endpoint.view"}

    def get(self, request: HttpRequest, name: str) -> HttpResponse:
        """Show them."""
        return show(self, self.endpoint(name))


class SummaryFragment(_Watched):
    """Drift and alerts in short, for the endpoint's page."""

    required_permission = {"GET": "endpoint.view"}

    def get(self, request: HttpRequest, name: str) -> HttpResponse:
        """Show the newest comparison and the rules that fire."""
        endpoint = self.endpoint(name)
        rules = selectors.rules(actor=self.actor).filter(endpoint=endpoint)
        context = {
            "endpoint": endpoint,
            "drift": shown.drift(self.actor, endpoint),
            "alerts": shown.rule_rows(list(rules)),
            "quality": shown.quality_chart(self.actor, endpoint),
        }
        return render(request, "monitoring/summary.html", context)


class LoggingPage(_Watched):
    """Says what is logged."""

    required_permission = {"POST": "endpoint.manage"}

    def post(self, request: HttpRequest, name: str) -> HttpResponse:
        """Set it, or show the form's mistakes."""
        endpoint, form = self.endpoint(name), LoggingForm(request.POST)

        def act() -> object:
            return services.set_logging(actor=self.actor, endpoint=endpoint, **form.wanted)

        done = _("Requests are logged as you said, within a third of a second.")
        return _carry_out(self, endpoint, form, act, done)


class LogDatasetPage(_Watched):
    """Makes a data set of the log."""

    required_permission = {"POST": "endpoint.manage"}

    def post(self, request: HttpRequest, name: str) -> HttpResponse:
        """Queue the job, or show the form's mistakes."""
        endpoint, form = self.endpoint(name), LogDatasetForm(request.POST)

        def act() -> object:
            return services.request_dataset(actor=self.actor, endpoint=endpoint, **form.wanted)

        return _carry_out(self, endpoint, form, act, _("The data set is being made; see the jobs."))


class MeasuringPage(_Watched):
    """Has drift and quality measured now, or a version's reference made anew."""

    required_permission = {"POST": "endpoint.manage"}

    def post(self, request: HttpRequest, name: str) -> HttpResponse:
        """Queue the job."""
        endpoint = self.endpoint(name)
        version = request.POST.get("version", "")
        if version.isdecimal() and len(version) < 9:
            services.renew_reference(actor=self.actor, endpoint=endpoint, version=int(version))
        services.request_measuring(actor=self.actor, endpoint=endpoint)
        messages.success(request, _("The measuring is queued; reload in a moment."))
        return redirect("monitoring:watch", name)


class ForgettingPage(_Watched):
    """Destroys what was logged."""

    required_permission = {"POST": "endpoint.manage"}

    def post(self, request: HttpRequest, name: str) -> HttpResponse:
        """Destroy the keys."""
        services.forget_log(actor=self.actor, endpoint=self.endpoint(name))
        messages.success(request, _("Everything logged of “%s” is destroyed.") % name)
        return redirect("monitoring:watch", name)


def show(
    page: Page, endpoint: serving.Endpoint, refused: RefusableForm | None = None, status: int = 200
) -> HttpResponse:
    """Show the page, with a form that was refused."""
    options = endpoint.options
    initial = {
        "percent": 100 * options.get("log_rate", 0),
        "max_rows": options.get("log_max_rows") or serving.request_log.DEFAULT_ROWS,
        "days": options.get("log_days") or serving.request_log.DEFAULT_DAYS,
    }
    logging, dataset = LoggingForm(initial=initial), LogDatasetForm()
    context = {
        "endpoint": endpoint,
        "drift": shown.drift(page.actor, endpoint),
        "quality": shown.quality_chart(page.actor, endpoint),
        "days": serving.request_log.days(actor=page.actor, endpoint=endpoint)[:_DAYS],
        "is_logged": bool(options.get("log_rate")),
        "logging_form": refused if isinstance(refused, LoggingForm) else logging,
        "dataset_form": refused if isinstance(refused, LogDatasetForm) else dataset,
        "references": selectors.drift_references(actor=page.actor, endpoint=endpoint),
        "can_manage": page.actor.can("endpoint.manage"),
    }
    return render(page.request, "monitoring/watch.html", context, status=status)


def _carry_out(
    page: Page,
    endpoint: serving.Endpoint,
    form: RefusableForm,
    act: Callable[[], object],
    done: str,
) -> HttpResponse:
    if not form.is_valid():
        return show(page, endpoint, form, 400)
    try:
        act()
    except PlatformError as error:
        form.refuse(error)
        return show(page, endpoint, form, error.status)
    messages.success(page.request, done)
    return redirect("monitoring:watch", endpoint.name)
