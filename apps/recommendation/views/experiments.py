"""A/B: experiments of a recommender, one's set-up, what it says, how it ends."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from apps.recommendation import selectors
from apps.recommendation.forms import ExperimentForm
from apps.recommendation.models import Experiment, Recommender
from apps.recommendation.services import experiments
from apps.recommendation.services.experiment_results import result_of
from apps.recommendation.views import compared
from apps.recommendation.views.chosen import RecommenderPage
from platform_core.errors import PlatformError
from platform_core.registry import api as registry
from platform_core.web.api import Page

MAX_LISTED = 50


class Experiments(RecommenderPage):
    """Experiments of one recommender, newest first."""

    template = "recommendation/experiments.html"
    tab = "recommendation:experiments"

    def context(self, recommender: Recommender) -> dict[str, Any]:
        """Return the experiments and whether a new one can be set up."""
        return {
            "experiments": list(recommender.experiments.all()[:MAX_LISTED]),
            "can_promote": self.actor.can("model.promote"),
        }


class New(Page):
    """Sets up an experiment."""

    required_permission = {"GET": "model.promote", "POST": "model.promote"}

    def get(self, request: HttpRequest, name: str) -> HttpResponse:
        """Show the form."""
        recommender = selectors.get_recommender(actor=self.actor, name=name)
        return self._show(recommender, ExperimentForm(aliases=self._aliases(recommender)))

    def post(self, request: HttpRequest, name: str) -> HttpResponse:
        """Set it up and show it; it starts from there."""
        recommender = selectors.get_recommender(actor=self.actor, name=name)
        form = ExperimentForm(request.POST, aliases=self._aliases(recommender))
        if form.is_valid():
            try:
                made = experiments.create_experiment(actor=self.actor, name=name, spec=form.spec())
            except PlatformError as error:
                form.refuse(error)
            else:
                return redirect("recommendation:experiment", name=name, experiment_id=made.pk)
        return self._show(recommender, form, status=422)

    def _aliases(self, recommender: Recommender) -> list[tuple[str, str]]:
        """Return the aliases with the version each points to."""
        unset = Experiment(recommender=recommender, organisation=recommender.organisation)
        numbers = selectors.aliased_versions(experiment=unset)
        words = {"champion": _("Champion"), "challenger": _("Challenger")}
        pointed = dict(zip((unset.alias_a, unset.alias_b), numbers, strict=True))
        return [
            (alias, f"{words.get(alias, alias)} ({_points(pointed.get(alias))})")
            for alias in registry.ALIASES
        ]

    def _show(
        self, recommender: Recommender, form: ExperimentForm, status: int = 200
    ) -> HttpResponse:
        context = {"recommender": recommender, "form": form}
        return render(self.request, "recommendation/experiment_new.html", context, status=status)


class Detail(Page):
    """One experiment and what it says as of now."""

    required_permission = {"GET": "model.view"}

    def get(self, request: HttpRequest, name: str, experiment_id: str) -> HttpResponse:
        """Show the verdict, the figures and what can be done."""
        call: dict[str, Any] = {"actor": self.actor, "name": name, "experiment_id": experiment_id}
        experiment = selectors.get_experiment(**call)
        context: dict[str, Any] = {
            "recommender": experiment.recommender,
            "experiment": experiment,
            "facts": compared.facts(experiment),
            "can_promote": self.actor.can("model.promote"),
        }
        if experiment.state != Experiment.State.DRAFT:
            context |= compared.shown(experiment, result_of(**call))
        return render(request, "recommendation/experiment.html", context)


class Start(Page):
    """Starts an experiment."""

    required_permission = {"POST": "model.promote"}

    def post(self, request: HttpRequest, name: str, experiment_id: str) -> HttpResponse:
        """Start it."""
        experiments.start_experiment(actor=self.actor, name=name, experiment_id=experiment_id)
        messages.success(request, _("The experiment runs now."))
        return redirect("recommendation:experiment", name=name, experiment_id=experiment_id)


class End(Page):
    """Ends an experiment."""

    required_permission = {"POST": "model.promote"}

    def post(self, request: HttpRequest, name: str, experiment_id: str) -> HttpResponse:
        """End it, promoting what the form says."""
        promote = request.POST.get("promote", "")
        ended = experiments.end_experiment(
            actor=self.actor, name=name, experiment_id=experiment_id, promote=promote
        )
        number = {"a": ended.version_a, "b": ended.version_b}.get(promote)
        words = _("The experiment has ended.")
        if number:
            words = _("The experiment has ended; version %(number)d answers now.") % {
                "number": number
            }
        messages.success(request, words)
        return redirect("recommendation:experiment", name=name, experiment_id=experiment_id)


def _points(number: int | None) -> str:
    return _("version %(number)d") % {"number": number} if number else _("points nowhere")
