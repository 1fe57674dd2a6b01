"""Models: the versions of a recommender, which of them answers, and how they compare."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _

from apps.recommendation import selectors, services
from apps.recommendation.models import Recommender
from apps.recommendation.views import facts, quality
from apps.recommendation.views.chosen import RecommenderPage
from platform_core.errors import InvalidInputError
from platform_core.web.api import Page

MAX_VERSIONS = 100
MAX_COMPARED = 4
MAX_DIGITS = 9


class Models(RecommenderPage):
    """Versions with their figures; `?compare=1&compare=3` puts some side by side."""

    template = "recommendation/models.html"
    tab = "recommendation:models"

    def context(self, recommender: Recommender) -> dict[str, Any]:
        """Return the versions, the chosen ones compared, and the latest training."""
        found = selectors.versions(actor=self.actor, recommender=recommender)
        versions = list(found.prefetch_related("aliases")[:MAX_VERSIONS])
        names = quality.titles([each.metrics for each in versions])
        chosen = self.request.GET.getlist("compare")[:MAX_COMPARED]
        compared = [each for each in versions if str(each.number) in chosen]
        serving = [each for each in versions if each.number == recommender.serving_version]
        return {
            "rows": [(each, quality.aligned(each.metrics, list(names))) for each in versions],
            "columns": list(names.values()),
            "figures": quality.figures(serving[0].metrics) if serving else [],
            "compared": [each.number for each in compared],
            "comparison": quality.comparison(compared),
            "job": selectors.latest_job(actor=self.actor, recommender=recommender),
            "facts": facts.of(self.actor, recommender),
            **self._allowed(),
        }

    def _allowed(self) -> dict[str, Any]:
        return {
            "can_train": self.actor.can("model.train"),
            "can_promote": self.actor.can("model.promote"),
            "can_delete": self.actor.can("model.delete"),
            "kept": _("The versions trained before are kept and go on answering."),
        }


class Promote(Page):
    """Lets a version answer."""

    required_permission = {"POST": "model.promote"}

    def post(self, request: HttpRequest, name: str) -> HttpResponse:
        """Promote the version of the form."""
        number = request.POST.get("version", "")
        if not (number.isdecimal() and len(number) <= MAX_DIGITS):
            raise InvalidInputError(_("Choose a version."), field="version")
        services.promote(actor=self.actor, name=name, number=int(number))
        messages.success(request, _("Version %(number)s answers now.") % {"number": number})
        return _to_models(name)


class RollBack(Page):
    """Lets the version before the last promotion answer again."""

    required_permission = {"POST": "model.promote"}

    def post(self, request: HttpRequest, name: str) -> HttpResponse:
        """Roll back."""
        number = services.roll_back(actor=self.actor, name=name)
        messages.success(request, _("Version %(number)s answers again.") % {"number": number})
        return _to_models(name)


class Retrain(Page):
    """Trains a further version."""

    required_permission = {"POST": "model.train"}

    def post(self, request: HttpRequest, name: str) -> HttpResponse:
        """Queue the training and go where it can be watched."""
        services.retrain(actor=self.actor, name=name)
        return redirect("recommendation:training", name=name)


class Delete(Page):
    """Deletes a recommender."""

    required_permission = {"POST": "model.delete"}

    def post(self, request: HttpRequest, name: str) -> HttpResponse:
        """Delete once its name was typed."""
        if request.POST.get("confirm_name", "") != name:
            raise InvalidInputError(_("Type the name to confirm."), field="confirm_name")
        services.delete_recommender(actor=self.actor, name=name)
        messages.success(request, _("%(name)s was deleted.") % {"name": name})
        return redirect("recommendation:overview")


def _to_models(name: str) -> HttpResponse:
    return redirect(f"{reverse('recommendation:models')}?recommender={name}")
