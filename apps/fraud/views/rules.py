"""Rules: what they hit, an editor that says where a mistake is, tests before they count."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _

from apps.fraud import selectors
from apps.fraud.errors import RuleInvalidError
from apps.fraud.forms import RuleForm
from apps.fraud.models import Change, Detector, Rule
from apps.fraud.selectors import rules as reads
from apps.fraud.services import rules as services
from apps.fraud.views import showing
from apps.fraud.views.chosen import DetectorPage
from platform_core.errors import InvalidInputError, PlatformError
from platform_core.web.api import Page

MAX_SHOWN, MAX_DIGITS = 200, 9


class Rules(DetectorPage):
    """The rules of one detector with what they hit, and what waits for a second person."""

    template = "fraud/rules.html"
    tab = "fraud:rules"

    def context(self, detector: Detector) -> dict[str, Any]:
        """Return the rules with their statistics of the last thirty days."""
        rules = reads.rules(actor=self.actor, detector=detector).prefetch_related("versions")
        changes = reads.changes(actor=self.actor, detector=detector)
        return {
            "rows": [_row(rule) for rule in rules[:MAX_SHOWN]],
            "waiting": list(changes.filter(state=Change.State.OPEN)[:MAX_SHOWN]),
            "backtests": list(reads.backtests(actor=self.actor, detector=detector)[:10]),
            "days": reads.STATISTICS_DAYS,
            "can_manage": self.actor.can("rule.manage"),
            "can_approve": self.actor.can("policy.approve"),
            "me": self.actor.user,
        }


class New(Page):
    """Writes a rule."""

    required_permission = {"GET": "rule.manage", "POST": "rule.manage"}

    def get(self, request: HttpRequest, name: str) -> HttpResponse:
        """Show the editor."""
        detector = selectors.get_detector(actor=self.actor, name=name)
        return self._show(detector, RuleForm())

    def post(self, request: HttpRequest, name: str) -> HttpResponse:
        """Save the rule; it is off until somebody gives it a mode."""
        from apps.fraud.engine import ruling  # noqa: PLC0415  (the rule language)

        detector = selectors.get_detector(actor=self.actor, name=name)
        form = RuleForm(request.POST)
        fault = None
        if form.is_valid():
            try:
                body = form.cleaned_data
                wording = ruling.wording(actor=self.actor, detector=detector, body=body)
                made = services.create_rule(
                    actor=self.actor, detector=detector, name=body["name"], wording=wording
                )
            except PlatformError as error:
                form.refuse(error)
                fault = marked(request.POST.get("text", ""), error)
            else:
                messages.success(request, _("“%(name)s” is saved, and off.") % {"name": made.name})
                return redirect("fraud:rule", name=name, risk_rule_id=str(made.pk))
        return self._show(detector, form, fault=fault, status=422)

    def _show(
        self, detector: Detector, form: RuleForm, *, fault: Any = None, status: int = 200
    ) -> HttpResponse:
        context = {"detector": detector, "form": form, "fault": fault}
        context["fields"] = fields(self.actor, detector)
        return render(self.request, "fraud/rule_new.html", context, status=status)


class Check(Page):
    """Reads a condition while it is typed."""

    required_permission = {"POST": "rule.manage"}

    def post(self, request: HttpRequest, name: str) -> HttpResponse:
        """Return what it reads, or where it is wrong."""
        from apps.fraud.engine import ruling  # noqa: PLC0415  (the rule language)

        detector = selectors.get_detector(actor=self.actor, name=name)
        text = request.POST.get("text", "")
        told: dict[str, Any] = {}
        if text.strip():
            try:
                found = ruling.condition(actor=self.actor, detector=detector, text=text)
                told = {"reads": sorted(found.reads)}
            except RuleInvalidError as error:
                told = {"fault": marked(text, error)}
        return render(request, "fraud/rule_checked.html", told)


class Detail(Page):
    """One rule: its versions, tests, hits, and the editor of the next version."""

    required_permission = {"GET": "model.view", "POST": "rule.manage"}

    def get(self, request: HttpRequest, name: str, risk_rule_id: str) -> HttpResponse:
        """Show it."""
        rule = self._rule(name, risk_rule_id)
        last = rule.versions.first()
        start = {"text": last.text, "action": last.action} if last else {}
        return self._show(rule, RuleForm(named=False, initial=start))

    def post(self, request: HttpRequest, name: str, risk_rule_id: str) -> HttpResponse:
        """Save a further version."""
        from apps.fraud.engine import ruling  # noqa: PLC0415  (the rule language)

        rule = self._rule(name, risk_rule_id)
        form, fault = RuleForm(request.POST, named=False), None
        if form.is_valid():
            try:
                body = form.cleaned_data
                wording = ruling.wording(actor=self.actor, detector=rule.detector, body=body)
                made = services.add_version(actor=self.actor, rule=rule, wording=wording)
            except PlatformError as error:
                form.refuse(error)
                fault = marked(request.POST.get("text", ""), error)
            else:
                told = {"number": made.number}
                messages.success(request, _("Version %(number)d is saved.") % told)
                return redirect("fraud:rule", name=name, risk_rule_id=risk_rule_id)
        return self._show(rule, form, fault=fault, status=422)

    def _rule(self, name: str, risk_rule_id: str) -> Rule:
        detector = selectors.get_detector(actor=self.actor, name=name)
        return reads.get_rule(actor=self.actor, detector=detector, rule_id=risk_rule_id)

    def _show(
        self, rule: Rule, form: RuleForm, *, fault: Any = None, status: int = 200
    ) -> HttpResponse:
        changes = reads.changes(actor=self.actor, detector=rule.detector)
        context = {
            "rule": rule,
            "detector": rule.detector,
            "form": form,
            "fault": fault,
            "fields": fields(self.actor, rule.detector),
            "versions": [
                (each, showing.outcome(each.action))
                for each in rule.versions.select_related("made_by")[:50]
            ],
            "statistics": reads.statistics(rule=rule),
            "waiting": list(changes.filter(rule=rule, state=Change.State.OPEN)[:20]),
            "can_manage": self.actor.can("rule.manage"),
            "can_approve": self.actor.can("policy.approve"),
            "me": self.actor.user,
            "days": reads.STATISTICS_DAYS,
        }
        return render(self.request, "fraud/rule.html", context, status=status)


class Mode(Page):
    """Lets a version count, be watched, or rest."""

    required_permission = {"POST": "rule.manage"}

    def post(self, request: HttpRequest, name: str, risk_rule_id: str) -> HttpResponse:
        """Carry it out, or ask a second person."""
        from apps.fraud.engine import ruling  # noqa: PLC0415  (the rule language)

        detector = selectors.get_detector(actor=self.actor, name=name)
        rule = reads.get_rule(actor=self.actor, detector=detector, rule_id=risk_rule_id)
        number = request.POST.get("number", "")
        if not (number.isdecimal() and len(number) <= MAX_DIGITS):
            raise InvalidInputError(_("Choose a version."), field="number")
        change = ruling.set_mode(
            actor=self.actor,
            rule=rule,
            number=int(number),
            mode=request.POST.get("mode", ""),
            reason=request.POST.get("reason", ""),
        )
        say(request, change)
        return redirect("fraud:rule", name=name, risk_rule_id=risk_rule_id)


class Delete(Page):
    """Deletes a rule that is off."""

    required_permission = {"POST": "rule.manage"}

    def post(self, request: HttpRequest, name: str, risk_rule_id: str) -> HttpResponse:
        """Delete it."""
        detector = selectors.get_detector(actor=self.actor, name=name)
        rule = reads.get_rule(actor=self.actor, detector=detector, rule_id=risk_rule_id)
        services.delete_rule(actor=self.actor, rule=rule)
        messages.success(request, _("%(name)s was deleted.") % {"name": rule.name})
        return redirect(f"{reverse('fraud:rules')}?detector={name}")


def fields(actor: Any, detector: Detector) -> list[tuple[str, str]]:
    """Return what a rule can read, with kinds in words."""
    kinds = {
        "number": _("number"),
        "string": _("text"),
        "boolean": _("yes or no"),
        "time": _("time"),
    }
    found = reads.fields_of(actor=actor, detector=detector)
    return [(name, kinds.get(kind, kind)) for name, kind in found.items()]


def marked(text: str, error: PlatformError) -> dict[str, Any] | None:
    """Return the text split at the column that a refusal names."""
    column = error.extra.get("column")
    if not isinstance(column, int):
        return {"words": error.detail, "remedy": error.remedy, "before": "", "at": "", "after": ""}
    place = max(0, min(column - 1, len(text)))
    return {
        "words": error.detail,
        "remedy": error.remedy,
        "before": text[max(0, place - 80) : place],
        "at": text[place : place + 1] or "␣",
        "after": text[place + 1 : place + 60],
    }


def say(request: HttpRequest, change: Change) -> None:
    """Tell whether a change was carried out or waits."""
    if change.state == Change.State.OPEN:
        messages.info(request, _("Asked for; a second person must approve it."))
    else:
        messages.success(request, _("It decides from now on."))


def _row(rule: Rule) -> dict[str, Any]:
    versions = list(rule.versions.all())
    shown = next((each for each in versions if each.number == rule.live), None)
    shown = shown or (versions[0] if versions else None)
    return {
        "rule": rule,
        "version": shown,
        "outcome": showing.outcome(shown.action) if shown else None,
        "newer": bool(rule.live and versions and versions[0].number > rule.live),
        "statistics": reads.statistics(rule=rule) if rule.mode != Rule.Mode.OFF else None,
    }
