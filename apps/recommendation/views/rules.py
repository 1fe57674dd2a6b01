"""Rules: the business rules every answer follows, a new one, and what it would change."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from apps.recommendation import selectors, services
from apps.recommendation.forms import RuleForm
from apps.recommendation.models import Recommender, Rule
from apps.recommendation.views import conditions, showing
from apps.recommendation.views.beside import beside
from apps.recommendation.views.chosen import RecommenderPage
from platform_core.errors import PlatformError
from platform_core.web.api import Page

PREVIEWED = 10


class Rules(RecommenderPage):
    """The rules of one recommender."""

    template = "recommendation/rules.html"
    tab = "recommendation:rules"

    def context(self, recommender: Recommender) -> dict[str, Any]:
        """Return the rules in words, those that are active marked."""
        now = timezone.now()
        return {
            "rules": [
                {
                    "rule": each,
                    "words": showing.rule(each.action, each.body),
                    "state": _state(each, now),
                }
                for each in recommender.rules.all()
            ],
            "can_manage": self.actor.can("rule.manage"),
        }


class New(Page):
    """Makes a rule, after showing what it would change."""

    required_permission = {"GET": "rule.manage", "POST": "rule.manage"}

    def get(self, request: HttpRequest, name: str) -> HttpResponse:
        """Show the form."""
        return self._show(selectors.get_recommender(actor=self.actor, name=name))

    def post(self, request: HttpRequest, name: str) -> HttpResponse:
        """Preview or save what was filled in."""
        recommender = selectors.get_recommender(actor=self.actor, name=name)
        known, error = self._attributes(name)
        form = RuleForm(request.POST, attributes=known)
        shown: dict[str, Any] = {"form": form, "error": error}
        if form.is_valid():
            kinds = {each["name"]: each["kind"] for each in known}
            rule = form.rule(conditions.as_filter(conditions.read(request.POST), kinds))
            try:
                if request.POST.get("do") == "save":
                    services.create_rule(actor=self.actor, name=name, rule=rule)
                    messages.success(
                        request, _("“%(name)s” is followed now.") % {"name": rule.name}
                    )
                    return redirect(f"{reverse('recommendation:rules')}?recommender={name}")
                shown["preview"] = self._preview(name, rule)
                shown["words"] = showing.rule(rule.action, rule.body)
            except PlatformError as refused:
                form.refuse(refused)
        return self._show(recommender, **shown, status=422 if form.errors else 200)

    def _preview(self, name: str, rule: services.NewRule) -> dict[str, Any]:
        """Return the answer for one person as it is and as it would be."""
        user = self.request.POST.get("user", "").strip()
        if not user:
            busiest = services.search(actor=self.actor, name=name, prefix="", kind="user", k=1)
            user = busiest[0].id if busiest else services.NEW_VISITOR
        told = {"action": rule.action, **rule.body}
        answers = [
            services.recommend(
                actor=self.actor,
                name=name,
                user=user,
                question=services.Question(k=PREVIEWED, rules=rules),
            )
            for rules in ((), (told,))
        ]
        titles = (_("As it is now"), _("With this rule"))
        columns = beside([each.items for each in answers])
        return {"user": user, "columns": list(zip(titles, columns, strict=True))}

    def _attributes(self, name: str) -> tuple[list[dict[str, Any]], PlatformError | None]:
        try:
            return services.attributes(actor=self.actor, name=name), None
        except PlatformError as error:
            return [], error

    def _show(self, recommender: Recommender, status: int = 200, **shown: Any) -> HttpResponse:
        posted = self.request.POST
        if "form" not in shown:
            known, error = self._attributes(recommender.name)
            shown = {"form": RuleForm(attributes=known), "error": error}
        context = {
            "recommender": recommender,
            "conditions": conditions.blank(conditions.read(posted)),
            "operators": conditions.OPERATORS.items(),
            "attributes": self._attributes(recommender.name)[0],
            "user": posted.get("user", ""),
            **shown,
        }
        return render(self.request, "recommendation/rule_new.html", context, status=status)


class Delete(Page):
    """Deletes a rule."""

    required_permission = {"POST": "rule.manage"}

    def post(self, request: HttpRequest, name: str, rule_id: str) -> HttpResponse:
        """Delete it."""
        services.delete_rule(actor=self.actor, name=name, rule_id=rule_id)
        messages.success(request, _("The rule is followed no more."))
        return redirect(f"{reverse('recommendation:rules')}?recommender={name}")


def _state(rule: Rule, now: Any) -> str:
    if rule.is_active(now):
        return "active"
    return "waiting" if rule.starts_at and rule.starts_at > now else "over"
