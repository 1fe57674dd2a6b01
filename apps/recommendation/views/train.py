"""Train: the form, its column selects, and the training while it runs."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse

from apps.recommendation import selectors, services
from apps.recommendation.forms import ROLES, TrainForm
from apps.recommendation.models import Recommender
from apps.recommendation.views import facts, quality
from platform_core.accounts.api import Actor
from platform_core.errors import PlatformError
from platform_core.web.api import Page

_TABLES = ("items", "users")


class Train(Page):
    """Starts a new recommender."""

    required_permission = {"GET": "model.train", "POST": "model.train"}

    def get(self, request: HttpRequest) -> HttpResponse:
        """Show the form, with guessed columns once the address names a data set."""
        return self._show(form_for(self.actor, request.GET))

    def post(self, request: HttpRequest) -> HttpResponse:
        """Queue the training and go where it can be watched."""
        form = form_for(self.actor, request.POST, bound=True)
        if form.is_valid():
            try:
                created = services.create_recommender(actor=self.actor, spec=form.spec())
            except PlatformError as error:
                form.refuse(error)
            else:
                return redirect("recommendation:training", name=created.name)
        return self._show(form, status=422)

    def _show(self, form: TrainForm, status: int = 200) -> HttpResponse:
        return render(self.request, "recommendation/train.html", {"form": form}, status=status)


class Columns(Page):
    """The part of the form that depends on the chosen data sets."""

    required_permission = {"GET": "model.train"}

    def get(self, request: HttpRequest) -> HttpResponse:
        """Return the selects with what the names of the columns suggest."""
        form = form_for(self.actor, request.GET)
        return render(request, "recommendation/train_columns.html", {"form": form})


class Training(Page):
    """A recommender's latest training, live."""

    required_permission = {"GET": "model.view"}

    def get(self, request: HttpRequest, name: str) -> HttpResponse:
        """Show progress and curve; the fragment keeps itself up to date until the job ends."""
        recommender = selectors.get_recommender(actor=self.actor, name=name)
        job = selectors.latest_job(actor=self.actor, recommender=recommender)
        context = {
            "recommender": recommender,
            "job": job,
            "facts": facts.of(self.actor, recommender),
            "can_train": self.actor.can("model.train"),
            **_outcome(recommender, (job.result if job else None) or {}),
        }
        return render(request, "recommendation/training.html", context)


def _outcome(recommender: Recommender, result: Mapping[str, Any]) -> dict[str, Any]:
    """Return what came of a training that succeeded."""
    query = urlencode({"recommender": recommender.name})
    return {
        "number": result.get("version"),
        "is_serving": result.get("version") == recommender.serving_version,
        "figures": quality.figures(result.get("metrics", {})),
        "models_href": f"{reverse('recommendation:models')}?{query}",
        "try_href": f"{reverse('recommendation:try')}?{query}",
    }


def form_for(actor: Actor, values: QueryDict, *, bound: bool = False) -> TrainForm:
    """Return the form for what was chosen so far, the rest guessed."""
    columns = _columns_of(actor, values.get("dataset", ""))
    tables = {role: _columns_of(actor, values.get(f"{role}_dataset", "")) for role in _TABLES}
    choices: dict[str, Any] = {
        "datasets": selectors.dataset_choices(actor=actor),
        "columns": columns,
        "tables": tables,
    }
    if bound:
        return TrainForm(values, **choices)
    return TrainForm(initial=_initial(values, columns, tables), **choices)


def _columns_of(actor: Actor, dataset: str) -> list[str]:
    return selectors.column_names(actor=actor, dataset=dataset) if dataset else []


def _initial(values: QueryDict, columns: list[str], tables: dict[str, list[str]]) -> dict[str, Any]:
    guessed = services.guess_columns(columns)
    initial: dict[str, Any] = {key: value for key, value in values.items() if value}
    for role in ROLES:
        kept = initial.get(f"{role}_column")
        initial[f"{role}_column"] = kept if kept in columns else guessed[role]
    for role, names in tables.items():
        like = guessed[role.removesuffix("s")]
        initial[f"{role}_id_column"] = services.guess_id_column(names, role, like)
    return initial
