"""Pages of endpoints: what there is, how it does, how to call it, a place to try it."""

import time
from datetime import UTC, datetime
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _

from platform_core.errors import PlatformError
from platform_core.registry import api as registry
from platform_core.serving import examples, overview, prediction_json, selectors, services
from platform_core.serving.forms import EndpointForm, PlaygroundForm
from platform_core.serving.overview import EndpointView
from platform_core.web.api import Page, filesize

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
        rows = selectors.endpoints(actor=self.actor).select_related("organisation")[:SHOWN]
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


class _OneEndpoint(Page):
    """Base of what concerns one endpoint."""

    def _view(self, name: str) -> EndpointView:
        endpoint = selectors.get_endpoint(actor=self.actor, name=name)
        return overview.look_at(actor=self.actor, endpoints=[endpoint])[0]


class EndpointPage(_OneEndpoint):
    """One endpoint."""

    required_permission = {"GET": "endpoint.view"}

    def get(self, request: HttpRequest, name: str) -> HttpResponse:
        """Show state, figures, code and playground."""
        view = self._view(name)
        example = examples.readable(examples.example_request(view.manifest))
        context = _state_context(view) | {
            "samples": examples.samples(name, view.manifest, _addresses(request)),
            "signature": _signature(view.manifest),
            "form": PlaygroundForm(initial={"request": example}),
            "can_manage": self.actor.can("endpoint.manage"),
            "can_predict": self.actor.can("prediction.call"),
        }
        return render(request, "serving/detail.html", context)


class StateFragment(_OneEndpoint):
    """The figures of an endpoint, polled by its page."""

    required_permission = {"GET": "endpoint.view"}

    def get(self, request: HttpRequest, name: str) -> HttpResponse:
        """Show state and figures."""
        return render(request, "serving/state.html", _state_context(self._view(name)))


class PlaygroundFragment(Page):
    """Answers the playground form."""

    required_permission = {"POST": "prediction.call"}

    def post(self, request: HttpRequest, name: str) -> HttpResponse:
        """Call the endpoint and show what it answered."""
        selectors.get_endpoint(actor=self.actor, name=name)
        form = PlaygroundForm(request.POST)
        if not form.is_valid():
            return render(request, "serving/answer.html", {"form": form})
        began = time.perf_counter()
        try:
            answer = prediction_json.predict(
                actor=self.actor, endpoint=name, request=form.cleaned_data["request"]
            )
        except PlatformError as error:
            return render(request, "serving/answer.html", {"error": error})
        context = {
            "answer": examples.readable(answer["outputs"]),
            "version": answer["model_version"],
            "took_ms": round(1000 * (time.perf_counter() - began), 1),
        }
        return render(request, "serving/answer.html", context)


class DeletionPage(_OneEndpoint):
    """Deletes an endpoint; the page asks for its name before."""

    required_permission = {"POST": "endpoint.manage"}

    def post(self, request: HttpRequest, name: str) -> HttpResponse:
        """Delete, and go back to the list."""
        endpoint = selectors.get_endpoint(actor=self.actor, name=name)
        services.delete_endpoint(actor=self.actor, endpoint=endpoint)
        messages.success(request, _("The endpoint “%s” is deleted; its model stays.") % name)
        return HttpResponseRedirect(reverse("serving:list"))


def _state_context(view: EndpointView) -> dict[str, Any]:
    return {
        "view": view,
        "endpoint": view.endpoint,
        "state_words": examples.state_words(view.state),
        "figures": _figures(view),
        "last_used": _moment(view.held.last_used_at if view.held and view.held.hits else 0),
        "moving": view.state in {"loading", "warming", "cold"},
    }


def _figures(view: EndpointView) -> list[dict[str, Any]]:
    held = view.held
    target = str(view.target.number) if view.target else ""
    behind = held is not None and target not in ("", held.version)
    return [
        {
            "label": _("Version that answers"),
            "value": view.version or "–",
            "compare": _("%(alias)s is %(version)s, loading")
            % {"alias": _(view.endpoint.alias), "version": target}
            if behind
            else _(view.endpoint.alias),
        },
        {
            "label": _("Latency, median"),
            "value": _ms(held.p50_ms if held else None),
            "unit": "ms" if held and held.p50_ms is not None else "",
            "compare": _("95 %% below %s ms") % _ms(held.p95_ms)
            if held and held.p95_ms is not None
            else _("no request yet"),
        },
        {
            "label": _("Predictions"),
            "value": held.hits if held else "–",
            "compare": _("%s refused or failed") % (held.failures if held else 0),
        },
        {
            "label": _("Memory"),
            "value": filesize(held.size_bytes) if held else "–",
            "compare": _("loaded in %(load)s s, warmed up in %(warm)s s")
            % {"load": f"{held.load_s:.2f}", "warm": f"{held.warm_up_s:.2f}"}
            if held and held.loaded_at
            else _("not in memory"),
        },
    ]


def _ms(value: float | None) -> str:
    if value is None:
        return "–"
    return f"{value:.2f}" if value < 10 else f"{value:.0f}"


def _moment(seconds: float) -> datetime | None:
    return datetime.fromtimestamp(seconds, UTC) if seconds else None


def _signature(manifest: dict[str, Any]) -> list[dict[str, Any]]:
    rows = []
    for side, words in (("inputs", _("input")), ("outputs", _("output"))):
        for spec in manifest.get(side, []):
            lengths = ["n" if length < 0 else str(length) for length in spec["shape"]]
            optional = bool(spec.get("optional"))
            rows.append({**spec, "side": words, "shape": " × ".join(lengths), "optional": optional})
    return rows


def _addresses(request: HttpRequest) -> examples.Addresses:
    host = (
        request.get_host().rpartition(":")[0] if ":" in request.get_host() else request.get_host()
    )
    return examples.Addresses(
        rest=f"{request.scheme}://{host}:{settings.RUNTIME_REST_PORT}",
        grpc=f"{host}:{settings.RUNTIME_GRPC_PORT}",
        web=f"{request.scheme}://{request.get_host()}",
    )
