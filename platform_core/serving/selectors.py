"""Reads of the serving part."""

from django.db.models import QuerySet

from platform_core.accounts.api import Actor
from platform_core.serving.errors import EndpointNotFoundError
from platform_core.serving.models import Canary, Endpoint, TrafficChange


def endpoints(*, actor: Actor) -> QuerySet[Endpoint]:
    """Return the endpoints of the actor's organisation."""
    actor.require("endpoint.view")
    return Endpoint.objects.owned_by(actor.organisation)


def get_endpoint(*, actor: Actor, name: str) -> Endpoint:
    """Return one endpoint.

    Raises:
        EndpointNotFoundError: absent, or another organisation's.
    """
    found = endpoints(actor=actor).filter(name=name).first()
    if found is None:
        raise EndpointNotFoundError(f"Your organisation has no endpoint “{name[:63]}”.")
    return found


def traffic_history(*, actor: Actor, endpoint: Endpoint) -> QuerySet[TrafficChange]:
    """Return the moves of an endpoint's traffic, newest first."""
    actor.require("endpoint.view")
    return TrafficChange.objects.owned_by(actor.organisation).filter(endpoint=endpoint)


def latest_canary(*, actor: Actor, endpoint: Endpoint) -> Canary | None:
    """Return the canary that runs, or the one that ran last."""
    actor.require("endpoint.view")
    return Canary.objects.owned_by(actor.organisation).filter(endpoint=endpoint).first()
