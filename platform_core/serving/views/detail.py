"""The page of one endpoint, also when one of its forms was refused."""

from collections.abc import Mapping
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from platform_core.registry import api as registry
from platform_core.serving import comparing, examples, rollback, selectors
from platform_core.serving.forms import PlaygroundForm, TensorForm
from platform_core.serving.overview import EndpointView
from platform_core.serving.traffic import Plan
from platform_core.serving.traffic_forms import CanaryForm, RefusableForm, TrafficForm
from platform_core.serving.views import shown
from platform_core.serving.views.one import OneEndpoint

_MOVES_SHOWN = 20


def show(
    page: OneEndpoint,
    name: str,
    *,
    forms: Mapping[str, RefusableForm] | None = None,
    status: int = 200,
) -> HttpResponse:
    """Show everything of an endpoint; `forms` are those that were refused, by key."""
    view = page.view(name)
    context = state_context(page, view) | _traffic_context(page, view, forms or {})
    manifest = view.manifest
    example = examples.example_request(manifest)
    context |= {
        "samples": examples.samples(name, manifest, _addresses(page.request)),
        "tensors": registry.tensors(manifest),
        "form": PlaygroundForm(initial={"request": examples.readable(example)}),
        "tensor_form": TensorForm.of(manifest, example),
        "can_manage": page.actor.can("endpoint.manage"),
        "can_predict": page.actor.can("prediction.call"),
        "chart": shown.latency_chart(view.held),
        "stages": shown.stages(view.held),
    }
    return render(page.request, "serving/detail.html", context, status=status)


def state_context(page: OneEndpoint, view: EndpointView) -> dict[str, Any]:
    """Return what the polled part of the page shows."""
    counts = comparing.counts(view.endpoint)
    newest = selectors.latest_canary(actor=page.actor, endpoint=view.endpoint)
    canary = shown.canary(newest, counts)
    return {
        "view": view,
        "endpoint": view.endpoint,
        "state_words": examples.state_words(view.state),
        "figures": shown.figures(view),
        "last_used": shown.moment(view.held.last_used_at if view.held and view.held.hits else 0),
        "moving": view.state in {"loading", "warming", "cold"}
        or bool(canary and canary["running"]),
        "arms": shown.arms(view, counts),
        "divided": len(view.arms) > 1,
        "canary": canary,
    }


def _traffic_context(
    page: OneEndpoint, view: EndpointView, refused: Mapping[str, RefusableForm]
) -> dict[str, Any]:
    actor, endpoint = page.actor, view.endpoint
    traffic_form = refused.get("traffic") or TrafficForm.of(actor, endpoint)
    way = rollback.way_back(actor=actor, endpoint=endpoint)
    moves = selectors.traffic_history(actor=actor, endpoint=endpoint)[:_MOVES_SHOWN]
    return {
        "way": shown.way_words(way),
        "traffic_form": traffic_form if traffic_form.aliases else None,
        "canary_form": refused.get("canary") or CanaryForm.of(actor, endpoint),
        "refused": next(iter(refused), ""),
        "moves": [
            {"move": move, "after": shown.plan_words(Plan.from_json(move.after).shares)}
            for move in moves
        ],
    }


def _addresses(request: HttpRequest) -> examples.Addresses:
    own = request.get_host()
    host = own.rpartition(":")[0] if ":" in own else own
    return examples.Addresses(
        rest=f"{request.scheme}://{host}:{settings.RUNTIME_REST_PORT}",
        grpc=f"{host}:{settings.RUNTIME_GRPC_PORT}",
        web=f"{request.scheme}://{own}",
    )
