"""Train: the form, its column selects, and the training while it runs."""

from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse

from apps.fraud import selectors
from apps.fraud.forms import ROLES, TrainForm, guessing
from apps.fraud.models import Detector
from apps.fraud.services import lifecycle
from apps.fraud.views import facts, quality
from platform_core.accounts.api import Actor
from platform_core.datasets import api as datasets
from platform_core.errors import PlatformError
from platform_core.web.api import Page


class Train(Page):
    """Starts a new detector."""

    required_permission = {"GET": "model.train", "POST": "model.train"}

    def get(self, request: HttpRequest) -> HttpResponse:
        """Show the form, with guessed columns once the address names a data set."""
        return self._show(form_for(self.actor, request.GET))

    def post(self, request: HttpRequest) -> HttpResponse:
        """Queue the training and go where it can be watched."""
        form = form_for(self.actor, request.POST, bound=True)
        if form.is_valid():
            try:
                created = lifecycle.create_detector(actor=self.actor, spec=form.spec())
            except PlatformError as error:
                form.refuse(error)
            else:
                return redirect("fraud:training", name=created.name)
        return self._show(form, status=422)

    def _show(self, form: TrainForm, status: int = 200) -> HttpResponse:
        return render(self.request, "fraud/train.html", {"form": form}, status=status)


class Columns(Page):
    """The part of the form that depends on the chosen data set."""

    required_permission = {"GET": "model.train"}

    def get(self, request: HttpRequest) -> HttpResponse:
        """Return the selects with what the names of the columns suggest."""
        form = form_for(self.actor, request.GET)
        return render(request, "fraud/train_columns.html", {"form": form})


class Training(Page):
    """A detector's latest training, live."""

    required_permission = {"GET": "model.view"}

    def get(self, request: HttpRequest, name: str) -> HttpResponse:
        """Show progress; the fragment keeps itself up to date until the job ends."""
        detector = selectors.get_detector(actor=self.actor, name=name)
        job = selectors.latest_job(actor=self.actor, detector=detector)
        context = {
            "detector": detector,
            "job": job,
            "facts": facts.of(self.actor, detector),
            "can_train": self.actor.can("model.train"),
            **_outcome(detector, (job.result if job else None) or {}),
        }
        return render(request, "fraud/training.html", context)


def _outcome(detector: Detector, result: dict[str, Any]) -> dict[str, Any]:
    """Return what came of a training that succeeded."""
    query = urlencode({"detector": detector.name})
    return {
        "number": result.get("version"),
        "is_serving": result.get("version") == detector.serving_version,
        "figures": quality.figures(result.get("metrics", {})),
        "models_href": f"{reverse('fraud:models')}?{query}",
        "try_href": f"{reverse('fraud:try')}?{query}",
    }


def form_for(actor: Actor, values: QueryDict, *, bound: bool = False) -> TrainForm:
    """Return the form for what was chosen so far, the rest guessed."""
    chosen = values.get("dataset", "")
    columns = _columns_of(actor, chosen) if chosen else []
    choices: dict[str, Any] = {
        "datasets": selectors.dataset_choices(actor=actor),
        "columns": columns,
    }
    if bound:
        return TrainForm(values, **choices)
    guessed = guessing.guess(columns)
    initial: dict[str, Any] = {"dataset": chosen, "name": values.get("name", "")}
    initial |= {f"{role}_column": guessed[role] for role in ("customer", *ROLES)}
    initial["entity_columns"] = guessing.further(columns, list(guessed.values()))
    return TrainForm(initial=initial, **choices)


def _columns_of(actor: Actor, dataset: str) -> list[str]:
    found = datasets.get_dataset(actor=actor, key=dataset)
    return [str(column["name"]) for column in datasets.current_version(dataset=found).columns]
