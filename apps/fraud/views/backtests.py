"""Back-tests: rules tried on history before they count."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from apps.fraud import selectors
from apps.fraud.forms import BackTestForm
from apps.fraud.models import Detector, Rule
from apps.fraud.selectors import rules as reads
from apps.fraud.services import backtests
from apps.fraud.services.rules import Wording
from apps.fraud.views import showing
from platform_core.errors import PlatformError
from platform_core.jobs import api as jobs
from platform_core.sentences import refusal
from platform_core.web.api import Axis, Chart, Page, Trace, number, percent

MAX_DRAWN = 5


class New(Page):
    """Asks for a back-test."""

    required_permission = {"GET": "rule.manage", "POST": "rule.manage"}

    def get(self, request: HttpRequest, name: str) -> HttpResponse:
        """Show which rules can be tried, and on what."""
        detector = selectors.get_detector(actor=self.actor, name=name)
        return self._show(detector, self._form(detector))

    def post(self, request: HttpRequest, name: str) -> HttpResponse:
        """Queue it and go where it can be watched."""
        detector = selectors.get_detector(actor=self.actor, name=name)
        form = self._form(detector, request.POST)
        if form.is_valid():
            chosen, on = set(form.cleaned_data["rules"]), form.cleaned_data["on"]
            rules = [each for each in self._rules(detector) if str(each.pk) in chosen]
            try:
                made = backtests.request_backtest(
                    actor=self.actor,
                    detector=detector,
                    rules=[(each.name, _wording(each)) for each in rules],
                    dataset="" if on == "decisions" else on,
                    own_decisions=on == "decisions",
                )
            except PlatformError as error:
                form.add_error(None, refusal(error))
            else:
                return redirect("fraud:backtest", name=name, backtest_id=str(made.pk))
        return self._show(detector, form, status=422)

    def _rules(self, detector: Detector) -> list[Rule]:
        found = reads.rules(actor=self.actor, detector=detector).prefetch_related("versions")
        return [each for each in found[: backtests.MAX_RULES] if each.versions.all()]

    def _form(self, detector: Detector, posted: Any = None) -> BackTestForm:
        rules = [(str(each.pk), each.name) for each in self._rules(detector)]
        offered = selectors.dataset_choices(actor=self.actor)
        return BackTestForm(posted, rules=rules, datasets=offered)

    def _show(self, detector: Detector, form: BackTestForm, status: int = 200) -> HttpResponse:
        context = {"detector": detector, "form": form}
        return render(self.request, "fraud/backtest_new.html", context, status=status)


class Detail(Page):
    """A back-test: its job while it runs, then what was found."""

    required_permission = {"GET": "model.view"}

    def get(self, request: HttpRequest, name: str, backtest_id: str) -> HttpResponse:
        """Show it."""
        detector = selectors.get_detector(actor=self.actor, name=name)
        found = reads.get_backtest(actor=self.actor, detector=detector, backtest_id=backtest_id)
        owned = jobs.Job.objects.owned_by(self.actor.organisation)
        context: dict[str, Any] = {
            "detector": detector,
            "backtest": found,
            "job": owned.filter(pk=found.job_id).first() if found.job_id else None,
        }
        if found.result:
            context |= result(found.result)
        return render(request, "fraud/backtest.html", context)


def result(told: Mapping[str, Any]) -> dict[str, Any]:
    """Return what a back-test found, in figures, charts and rows."""
    together = told["together"]
    return {
        "figures": _figures(told, together),
        "rows": [
            {**each, "outcome": showing.outcome(str(each["action"]))} for each in told["rules"]
        ],
        "together": together,
        "charts": [_amounts(told), _course(told)],
    }


def _figures(told: Mapping[str, Any], together: Mapping[str, Any]) -> list[dict[str, Any]]:
    frauds = {"found": number(together["frauds"]), "all": number(told["frauds"])}
    return [
        {
            "label": _("Payments hit"),
            "value": number(together["hits"]),
            "compare": _("of %(count)s") % {"count": number(told["events"])},
        },
        {
            "label": _("Frauds caught"),
            "value": percent(together["recall"], 1),
            "compare": _("%(found)s of %(all)s") % frauds,
        },
        {
            "label": _("Precision"),
            "value": percent(together["precision"], 1),
            "compare": _("%(count)s genuine payments hit") % {"count": number(together["genuine"])},
        },
        {
            "label": _("Amount saved"),
            "value": number(together["fraud_amount"], 0),
            "compare": _("%(amount)s of genuine payments held up")
            % {"amount": number(together["genuine_amount"], 0)},
        },
    ]


def _amounts(told: Mapping[str, Any]) -> Chart:
    rules = sorted(told["rules"], key=lambda each: -each["fraud_amount"])
    names = [each["name"] for each in rules]
    traces = [
        Trace(
            name=_("Fraud stopped"),
            x=names,
            y=[each["fraud_amount"] for each in rules],
            kind="bar",
            hue="fraud",
        ),
        Trace(
            name=_("Genuine held up"),
            x=names,
            y=[each["genuine_amount"] for each in rules],
            kind="bar",
        ),
    ]
    return Chart(
        key="amounts",
        title=_("“%(name)s” stops the largest amount of fraud") % {"name": names[0]},
        traces=traces,
        x=Axis("", category=True),
        y=Axis(_("Amount"), zero=True),
        extra_layout={"showlegend": True, "legend": {"orientation": "h", "y": 1.15}},
    )


def _course(told: Mapping[str, Any]) -> Chart:
    days = [datetime.fromtimestamp(at, tz=UTC).date().isoformat() for at in told["steps"]]
    drawn = sorted(told["rules"], key=lambda each: -each["hits"])[:MAX_DRAWN]
    traces = [
        Trace(name=each["name"], x=days, y=each["days"]["hits"], hue="" if place else "fraud")
        for place, each in enumerate(drawn)
    ]
    return Chart(
        key="course",
        title=_("Hits over time"),
        traces=traces,
        x=Axis(_("Day")),
        y=Axis(_("Payments hit"), zero=True),
    )


def _wording(rule: Rule) -> Wording:
    newest = rule.versions.all()[0]
    return Wording(newest.text, newest.kinds, newest.action)
