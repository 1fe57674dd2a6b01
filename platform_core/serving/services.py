"""Writes of the serving part: endpoints are created, pointed elsewhere and deleted."""

from django.db import IntegrityError, transaction

from platform_core.accounts.api import Actor
from platform_core.audit import api as audit
from platform_core.errors import NotFoundError
from platform_core.registry import api as registry
from platform_core.serving import request_log, traffic
from platform_core.serving.errors import EndpointExistsError, EndpointInvalidError
from platform_core.serving.models import Canary, Endpoint, TrafficChange
from platform_core.serving.traffic import Plan


def create_endpoint(
    *, actor: Actor, name: str, model_name: str, alias: str = "champion"
) -> Endpoint:
    """Create an endpoint that answers with the version the model's alias points to.

    Raises:
        EndpointInvalidError: malformed name or alias, or no such model.
        EndpointExistsError: the name is taken.
    """
    actor.require("endpoint.manage")
    check(actor=actor, name=name, model_name=model_name, alias=alias)
    try:
        with transaction.atomic():
            endpoint = Endpoint.objects.create(
                organisation=actor.organisation, name=name, model_name=model_name, alias=alias
            )
            _record(actor, "endpoint.create", endpoint)
    except IntegrityError as error:
        raise EndpointExistsError(
            f"Your organisation already has an endpoint “{name}”.", remedy="Choose another name."
        ) from error
    return endpoint


def ensure_endpoint(
    *, actor: Actor, name: str, model_name: str, alias: str = "champion"
) -> Endpoint:
    """Create the endpoint, or point the existing one, and all its traffic, at this model and alias."""
    actor.require("endpoint.manage")
    endpoint = Endpoint.objects.owned_by(actor.organisation).filter(name=name).first()
    if endpoint is None:
        return create_endpoint(actor=actor, name=name, model_name=model_name, alias=alias)
    if (endpoint.model_name, endpoint.alias) == (model_name, alias):
        return endpoint
    check(actor=actor, name=name, model_name=model_name, alias=alias)
    with transaction.atomic():
        endpoint = traffic.lock(endpoint)
        traffic.stop_canaries(endpoint, "The endpoint was pointed elsewhere.", Canary.State.STOPPED)
        endpoint.model_name = model_name
        traffic.move(endpoint, Plan(alias), actor=actor, kind=TrafficChange.Kind.SET)
        _record(actor, "endpoint.change", endpoint)
    return endpoint


def delete_endpoint(*, actor: Actor, endpoint: Endpoint) -> None:
    """Delete an endpoint and shred what was logged of it; the model and its versions stay."""
    actor.require("endpoint.manage")
    request_log.forget(actor=actor, endpoint=endpoint, reason="The endpoint was deleted.")
    with transaction.atomic():
        _record(actor, "endpoint.delete", endpoint)
        endpoint.delete()


def check(*, actor: Actor, name: str, model_name: str, alias: str) -> None:
    """Refuse a name, model or alias that cannot be.

    Raises:
        EndpointInvalidError: says which.
    """
    for field, value in (("name", name), ("alias", alias)):
        if not registry.is_model_name(value):
            raise EndpointInvalidError(
                f"“{value[:80]}” is not a valid {field}: use lower-case letters, digits, dot, dash "
                "and underscore, at most 63 characters, starting with a letter or digit.",
                field=field,
            )
    try:
        registry.get_model(actor=actor, name=model_name)
    except NotFoundError as error:
        raise EndpointInvalidError(
            f"Your organisation has no model “{model_name[:63]}”.",
            remedy="Train or register the model first.",
            field="model",
        ) from error


def _record(actor: Actor, action: str, endpoint: Endpoint) -> None:
    audit.record(
        actor=actor,
        action=action,
        target=f"endpoint:{endpoint.pk}",
        details={
            "name": endpoint.name,
            "model": endpoint.model_name,
            "alias": endpoint.alias,
        },
    )
