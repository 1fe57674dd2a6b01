"""The alert inbox, one rule, a new one."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from platform_core.errors import PlatformError
from platform_core.monitoring import selectors, shown
from platform_core.monitoring.alerts import rules
from platform_core.monitoring.forms import AlertForm, SilenceForm
from platform_core.monitoring.models import AlertRule
from platform_core.monitoring.params import MAX_RULES
from platform_core.serving import api as serving
from platform_core.web.api import Page

_EVENTS = 50


class InboxPage(Page):
    """Every rule and what happened lately."""

    required_permission = {"GET": "endpoint.view"}

    def get(self, request: HttpRequest) -> HttpResponse:
        """Show what fires, then the others."""
        found = selectors.rules(actor=self.actor)[:MAX_RULES]
        context = {
            "rows": shown.rule_rows(list(found)),
            "events": selectors.events(actor=self.actor)[:_EVENTS],
            "can_manage": self.actor.can("endpoint.manage"),
        }
        return render(request, "monitoring/inbox.html", context)


class NewAlertPage(Page):
    """A new rule."""

    required_permission = {"GET": "endpoint.manage", "POST": "endpoint.manage"}

    def get(self, request: HttpRequest) -> HttpResponse:
        """Show the form, filled with what the address names."""
        asked = {key: request.GET[key] for key in ("endpoint", "metric") if key in request.GET}
        return self._show(AlertForm(endpoints=self._endpoints(), initial=asked))

    def post(self, request: HttpRequest) -> HttpResponse:
        """Make the rule."""
        form = AlertForm(request.POST, endpoints=self._endpoints())
        if not form.is_valid():
            return self._show(form, 400)
        try:
            endpoint = serving.get_endpoint(actor=self.actor, name=form.cleaned_data["endpoint"])
            rule = rules.create_rule(actor=self.actor, endpoint=endpoint, spec=form.spec())
        except PlatformError as error:
            form.refuse(error)
            return self._show(form, error.status)
        if rule.webhook_url and not form.cleaned_data["webhook_secret"]:
            words = _("The webhook's secret, shown this once: %s")
            messages.info(request, words % rule.webhook_secret)
        return redirect("monitoring:alert", rule.pk)

    def _endpoints(self) -> list[str]:
        found = serving.endpoints(actor=self.actor)
        return list(found.values_list("name", flat=True)[:500])

    def _show(self, form: AlertForm, status: int = 200) -> HttpResponse:
        return render(self.request, "monitoring/new.html", {"form": form}, status=status)


class _OneRule(Page):
    def rule(self, alert_id: UUID) -> AlertRule:
        return selectors.get_rule(actor=self.actor, rule_id=alert_id)


class AlertPage(_OneRule):
    """One rule and its history."""

    required_permission = {"GET": "endpoint.view"}

    def get(self, request: HttpRequest, alert_id: UUID) -> HttpResponse:
        """Show the rule."""
        return show_rule(self, self.rule(alert_id), SilenceForm())


class SilencePage(_OneRule):
    """Silences a rule."""

    required_permission = {"POST": "endpoint.manage"}

    def post(self, request: HttpRequest, alert_id: UUID) -> HttpResponse:
        """Tell nobody for as long as the form says, or let it speak again."""
        rule = self.rule(alert_id)
        if "end" in request.POST:
            rules.end_silence(actor=self.actor, rule=rule)
            return redirect("monitoring:alert", rule.pk)
        form = SilenceForm(request.POST)
        if not form.is_valid():
            return show_rule(self, rule, form, 400)
        try:
            rules.silence(actor=self.actor, rule=rule, **form.wanted)
        except PlatformError as error:
            form.refuse(error)
            return show_rule(self, rule, form, error.status)
        return redirect("monitoring:alert", rule.pk)


class AlertDeletionPage(_OneRule):
    """Removes a rule."""

    required_permission = {"POST": "endpoint.manage"}

    def post(self, request: HttpRequest, alert_id: UUID) -> HttpResponse:
        """Remove it and go to the inbox."""
        rules.delete_rule(actor=self.actor, rule=self.rule(alert_id))
        return redirect("monitoring:alerts")


def show_rule(page: Page, rule: AlertRule, form: SilenceForm, status: int = 200) -> HttpResponse:
    """Show a rule with its history and the form of a silence."""
    (row,) = shown.rule_rows([rule])
    events = selectors.events(actor=page.actor, rule=rule)[:_EVENTS]
    context = {
        "row": row,
        "rule": rule,
        "form": form,
        "events": events.prefetch_related("deliveries"),
        "can_manage": page.actor.can("endpoint.manage"),
    }
    return render(page.request, "monitoring/alert.html", context, status=status)
