"""Writes of the serving part: endpoints are created, pointed elsewhere and deleted."""

import re

from django.db import IntegrityError, transaction
from django.utils import timezone

from platform_core.accounts.api import Actor
from platform_core.audit import api as audit
from platform_core.errors import NotFoundError
from platform_core.registry import api as registry
from platform_core.serving.errors import EndpointExistsError, EndpointInvalidError
from platform_core.serving.models import NAME_PATTERN, Endpoint


def create_endpoint(
    *, actor: Actor, name: str, model_name: str, alias: str = "champion"
) -> Endpoint:
    """Create an endpoint that answers with the version the model's alias points to.

    Raises:
        EndpointInvalidError: malformed name or alias, or no such model.
        EndpointExistsError: the name is taken.
    """
    actor.require("endpoint.manage")
    _check(actor=actor, name=name, model_name=model_name, alias=alias)
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
    """Create the endpoint, or point the existing one at this model and alias."""
    actor.require("endpoint.manage")
    endpoint = Endpoint.objects.owned_by(actor.organisation).filter(name=name).first()
    if endpoint is None:
        return create_endpoint(actor=actor, name=name, model_name=model_name, alias=alias)
    if (endpoint.model_name, endpoint.alias) == (model_name, alias):
        return endpoint
    _check(actor=actor, name=name, model_name=model_name, alias=alias)
    with transaction.atomic():
        endpoint.model_name, endpoint.alias = model_name, alias
        endpoint.changed_at = timezone.now()
        endpoint.save(update_fields=["model_name", "alias", "changed_at"])
        _record(actor, "endpoint.change", endpoint)
    return endpoint


def delete_endpoint(*, actor: Actor, endpoint: Endpoint) -> None:
    """Delete an endpoint; the model and its versions stay."""
    actor.require("endpoint.manage")
    with transaction.atomic():
        _record(actor, "endpoint.delete", endpoint)
        endpoint.delete()


def _check(*, actor: Actor, name: str, model_name: str, alias: str) -> None:
    for field, value in (("name", name), ("alias", alias)):
        if not re.fullmatch(NAME_PATTERN, value):
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
