"""Reads of the database for the directory: endpoints and the versions their aliases point to."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from django.db.models import Count, Max, Sum

from platform_core.accounts.api import Organisation
from platform_core.errors import PlatformError
from platform_core.registry import api as registry
from platform_core.serving.models import Endpoint
from platform_core.serving.runtime.traffic import RouteName
from platform_core.serving.runtime.versions import VersionKey

Marker = tuple[object, ...]
"""Changes whenever a route may have changed."""
Targets = Mapping[tuple[str, str, str], registry.ModelVersion]


@dataclass(frozen=True, slots=True)
class ArmRow:
    """An alias an endpoint sends requests to, as the database has it now.

    Attributes:
        share: of the requests, in [0, 1]; what the first arm says is not looked at.
        version: None when the alias points nowhere; `problem` says why.
    """

    alias: str
    share: float
    version: VersionKey | None
    problem: str = ""


@dataclass(frozen=True, slots=True)
class RouteRow:
    """An endpoint as the database has it now.

    Attributes:
        arms: the endpoint's own alias first; it takes what the others leave.
        shadow: gets copies of `share` of the requests; None for nobody.
        epoch: of the traffic; counters belong to one.
        options: see `spec.OPTIONS`.
    """

    name: RouteName
    model_name: str
    arms: tuple[ArmRow, ...]
    endpoint_id: UUID
    epoch: int = 0
    shadow: ArmRow | None = None
    options: Mapping[str, Any] = field(default_factory=dict)


def read_marker() -> Marker:
    """Return a value that changes with every change of an alias, a version or an endpoint."""
    # the sum of epochs does not depend on clocks of hosts, which may differ
    found = Endpoint.objects.aggregate(Count("pk"), Max("changed_at"), Sum("epoch"))
    return registry.alias_generation(), *found.values()


def read_routes() -> list[RouteRow]:
    """Return every endpoint of every organisation, in two queries."""
    targets = registry.alias_targets()
    return [_row(endpoint, targets) for endpoint in Endpoint.objects.select_related("organisation")]


def read_route(name: RouteName) -> RouteRow | None:
    """Return one endpoint, or None."""
    rows = Endpoint.objects.select_related("organisation")
    endpoint = rows.filter(organisation_id=name[0], name=name[1]).first()
    if endpoint is None:
        return None
    return _row(endpoint, registry.alias_targets(endpoint.organisation, endpoint.model_name))


def read_version(organisation_id: str, model_name: str, reference: str) -> VersionKey | None:
    """Return a version by number or alias, or None when the model has no such version."""
    organisation = Organisation.objects.get(pk=organisation_id)
    try:
        version = registry.resolve(organisation=organisation, name=model_name, reference=reference)
    except PlatformError:
        return None
    return _key(version, model_name)


def _row(endpoint: Endpoint, targets: Targets) -> RouteRow:
    shares = {endpoint.alias: 0.0, **endpoint.weights}
    shadow = endpoint.shadow_alias
    return RouteRow(
        name=(str(endpoint.organisation_id), endpoint.name),
        model_name=endpoint.model_name,
        arms=tuple(_arm(endpoint, alias, shares[alias] / 100, targets) for alias in shares),
        endpoint_id=endpoint.pk,
        epoch=endpoint.epoch,
        shadow=_arm(endpoint, shadow, endpoint.shadow_fraction, targets) if shadow else None,
        options=endpoint.options,
    )


def _arm(endpoint: Endpoint, alias: str, share: float, targets: Targets) -> ArmRow:
    version = targets.get((str(endpoint.organisation_id), endpoint.model_name, alias))
    if version is not None and version.is_ready:
        return ArmRow(alias, share, _key(version, endpoint.model_name))
    try:
        registry.resolve(
            organisation=endpoint.organisation, name=endpoint.model_name, reference=alias
        )
    except PlatformError as error:
        return ArmRow(alias, share, None, error.detail)
    return ArmRow(alias, share, None, "its alias moved this very moment")


def _key(version: registry.ModelVersion, model_name: str) -> VersionKey:
    return VersionKey(
        id=str(version.pk),
        organisation_id=str(version.organisation_id),
        model_name=model_name,
        number=str(version.number),
    )
