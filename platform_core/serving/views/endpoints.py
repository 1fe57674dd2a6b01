"""Pages of endpoints: the list, one of them, its playground, its deletion."""

import time

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _

from platform_core.errors import PlatformError
from platform_core.registry import api as registry
from platform_core.serving import examples, overview, prediction_json, selectors, services
from platform_core.serving.forms import EndpointForm, PlaygroundForm, TensorForm
from platform_core.serving.views import detail
from platform_core.serving.views.one import OneEndpoint
from platform_core.web.api import Page

SHOWN = 200
"""Endpoints and models on the page; REST pages through all of them."""


class EndpointListPage(Page):
    """All endpoints, and the form of a new one."""

    required_permission = {"GET": "endpoint.view", "POST": "endpoint.manage"}

    def get(self, request: HttpRequest) -> HttpResponse:
        """Show the endpoints."""
        return self._show(None)

    def post(self, request: HttpRequest) -> HttpResponse:
        """Create an endpoint and go to its page."""
        form = EndpointForm(request.POST, models=self._models())
        if not form.is_valid():
            return self._show(form, status=400)
        wanted = form.cleaned_data
        try:
            endpoint = services.create_endpoint(
                actor=self.actor,
                name=wanted["name"],
                model_name=wanted["model"],
                alias=wanted["alias"],
            )
        except PlatformError as error:
            form.refuse(error)
            return self._show(form, status=error.status)
        messages.success(request, _("The endpoint “%s” is created.") % endpoint.name)
        return HttpResponseRedirect(reverse("serving:detail", args=[endpoint.name]))

    def _models(self) -> list[str]:
        found = registry.models(actor=self.actor).order_by("name")
        return list(found.values_list("name", flat=True)[:SHOWN])

    def _show(self, form: EndpointForm | None, status: int = 200) -> HttpResponse:
        rows = selectors.endpoints(actor=self.actor)[:SHOWN]
        views = overview.look_at(actor=self.actor, endpoints=rows)
        models = self._models()
        context = {
            "views": views,
            "form": form or EndpointForm(models=models),
            "has_models": bool(models),
            "can_manage": self.actor.can("endpoint.manage"),
            "offline": next((view.problem for view in views if view.state == "offline"), ""),
        }
        return render(self.request, "serving/list.html", context, status=status)


class EndpointPage(OneEndpoint):
    """One endpoint."""

    required_permission = {"GET": "endpoint.view"}

    def get(self, request: HttpRequest, name: str) -> HttpResponse:
        """Show state, traffic, figures, code and playground."""
        return detail.show(self, name)


class StateFragment(OneEndpoint):
    """The figures of an endpoint, polled by its page."""

    required_permission = {"GET": "endpoint.view"}

    def get(self, request: HttpRequest, name: str) -> HttpResponse:
        """Show state and figures."""
        context = detail.state_context(self, self.view(name))
        return render(request, "serving/state.html", context)


class PlaygroundFragment(OneEndpoint):
    """Answers the playground: a form of the model's inputs, or JSON."""

    required_permission = {"POST": "prediction.call"}

    def post(self, request: HttpRequest, name: str) -> HttpResponse:
        """Call the endpoint and show what it answered."""
        view = self.view(name)
        form: PlaygroundForm | TensorForm = PlaygroundForm(request.POST)
        if "request" not in request.POST:
            form = TensorForm.of(view.manifest, None, request.POST)
        if not form.is_valid():
            return render(request, "serving/answer.html", {"form": form})
        began = time.perf_counter()
        try:
            answer = prediction_json.predict(actor=self.actor, endpoint=name, request=form.wanted)
        except PlatformError as error:
            return render(request, "serving/answer.html", {"error": error})
        context = {
            "answer": examples.readable(answer["outputs"]),
            "version": answer["model_version"],
            "took_ms": round(1000 * (time.perf_counter() - began), 1),
        }
        return render(request, "serving/answer.html", context)


class DeletionPage(OneEndpoint):
    """Deletes an endpoint; the page asks for its name before."""

    required_permission = {"POST": "endpoint.manage"}

    def post(self, request: HttpRequest, name: str) -> HttpResponse:
        """Delete, and go back to the list."""
        services.delete_endpoint(actor=self.actor, endpoint=self.endpoint(name))
        messages.success(request, _("The endpoint “%s” is deleted; its model stays.") % name)
        return HttpResponseRedirect(reverse("serving:list"))
