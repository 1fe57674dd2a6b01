"""Evaluations: ask for one, watch it, read it; and the segments of the latest."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from apps.recommendation import selectors
from apps.recommendation.forms import PROTOCOL_LABELS, EvaluationForm
from apps.recommendation.models import Evaluation, Recommender
from apps.recommendation.services import evaluations
from apps.recommendation.views import measured
from apps.recommendation.views.chosen import RecommenderPage
from platform_core.errors import PlatformError
from platform_core.jobs import api as jobs
from platform_core.web.api import Page

MAX_LISTED = 30


class New(Page):
    """Asks for an evaluation."""

    required_permission = {"GET": "model.train", "POST": "model.train"}

    def get(self, request: HttpRequest, name: str) -> HttpResponse:
        """Show the form; `?version=` fills in versions."""
        recommender = selectors.get_recommender(actor=self.actor, name=name)
        return self._show(recommender, self._form(recommender))

    def post(self, request: HttpRequest, name: str) -> HttpResponse:
        """Queue the evaluation and go where it can be watched."""
        recommender = selectors.get_recommender(actor=self.actor, name=name)
        form = self._form(recommender, data=request.POST)
        if form.is_valid():
            try:
                made = evaluations.request_evaluation(actor=self.actor, name=name, spec=form.spec())
            except PlatformError as error:
                form.refuse(error)
            else:
                return redirect("recommendation:evaluation", name=name, evaluation_id=made.pk)
        return self._show(recommender, form, status=422)

    def _form(self, recommender: Recommender, **bound: Any) -> EvaluationForm:
        found = selectors.versions(actor=self.actor, recommender=recommender)
        numbers = [each.number for each in found[:MAX_LISTED] if each.is_ready]
        chosen = [n for n in self.request.GET.getlist("version") if n in map(str, numbers)]
        return EvaluationForm(
            versions=numbers,
            chosen=chosen or [str(recommender.serving_version)],
            datasets=selectors.dataset_choices(actor=self.actor),
            has_times=bool(recommender.columns.get("time")),
            **bound,
        )

    def _show(
        self, recommender: Recommender, form: EvaluationForm, status: int = 200
    ) -> HttpResponse:
        context = {"recommender": recommender, "form": form}
        return render(self.request, "recommendation/evaluation_new.html", context, status=status)


class Detail(Page):
    """One evaluation."""

    required_permission = {"GET": "model.view"}

    def get(self, request: HttpRequest, name: str, evaluation_id: str) -> HttpResponse:
        """Show its job while it runs, then what was found; `?figure=` chooses the plotted one."""
        evaluation = selectors.get_evaluation(
            actor=self.actor, name=name, evaluation_id=evaluation_id
        )
        figure = measured.chosen(request.GET.get("figure", ""))
        context: dict[str, Any] = {
            "recommender": evaluation.recommender,
            "evaluation": evaluation,
            "job": _job(self, evaluation),
            "kind": PROTOCOL_LABELS.get(evaluation.protocol["kind"], ""),
            "figure": figure,
            "figure_choices": measured.FIGURES.items(),
            "can_train": self.actor.can("model.train"),
        }
        if evaluation.result:
            context |= _shown(evaluation, figure)
        return render(request, "recommendation/evaluation.html", context)


class Segments(RecommenderPage):
    """How well it serves different people, by the latest evaluation."""

    template = "recommendation/segments.html"
    tab = "recommendation:segments"

    def context(self, recommender: Recommender) -> dict[str, Any]:
        """Return the segments of the newest evaluation that has a result."""
        found = selectors.evaluations(actor=self.actor, recommender=recommender)
        evaluation = found.exclude(result=None).first()
        figure = measured.chosen(self.request.GET.get("figure", ""))
        shown: dict[str, Any] = {
            "evaluation": evaluation,
            "figure": figure,
            "figure_choices": measured.FIGURES.items(),
            "can_train": self.actor.can("model.train"),
        }
        if evaluation and evaluation.result:
            result = evaluation.result
            shown |= {
                "charts": measured.of_segments(result, figure),
                "groups": _groups(result),
                "k": result["main_k"],
            }
        return shown


def _shown(evaluation: Evaluation, figure: str) -> dict[str, Any]:
    result = evaluation.result
    return {
        "figures": measured.strip(result),
        "charts": measured.charts(result, figure),
        "segment_charts": measured.of_segments(result, figure),
        "comparison": measured.table(result),
        "protocol": measured.protocol(evaluation.protocol, result),
    }


def _groups(result: measured.Result) -> list[dict[str, Any]]:
    """Return the segments of the first version with what is shown to them most."""
    version, k = result["versions"][1], result["main_k"]
    return [
        {
            "kind": measured.kind_words(part["kind"]),
            "name": part["name"],
            "users": part["users"],
            "ndcg": part["figures"][f"ndcg@{k}"][0],
            "hr": part["figures"][f"hr@{k}"][0],
            "items": [title or item for item, title, _count in part["items"]],
        }
        for part in version["segments"]
    ]


def _job(page: Page, evaluation: Evaluation) -> jobs.Job | None:
    found = jobs.Job.objects.owned_by(page.actor.organisation).filter(id=str(evaluation.job_id))
    return found.first()
