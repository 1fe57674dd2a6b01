"""Reads of the database for the directory: endpoints and the versions their aliases point to."""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, Max

from platform_core.accounts.api import Organisation
from platform_core.errors import PlatformError
from platform_core.registry import api as registry
from platform_core.serving.models import Endpoint
from platform_core.serving.runtime.versions import VersionKey

RouteName = tuple[str, str]
"""(organisation id, endpoint name)."""
Marker = tuple[int, int, datetime | None]
"""Changes whenever a route may have changed."""


@dataclass(frozen=True, slots=True)
class RouteRow:
    """An endpoint as the database has it now.

    Attributes:
        version: None when the alias points nowhere; `problem` says why.
    """

    name: RouteName
    model_name: str
    version: VersionKey | None
    problem: str = ""


def read_marker() -> Marker:
    """Return a value that changes with every change of an alias, a version or an endpoint."""
    found = Endpoint.objects.aggregate(number=Count("pk"), latest=Max("changed_at"))
    return registry.alias_generation(), found["number"], found["latest"]


def read_routes() -> list[RouteRow]:
    """Return every endpoint of every organisation."""
    return [_row(endpoint) for endpoint in Endpoint.objects.select_related("organisation")]


def read_route(name: RouteName) -> RouteRow | None:
    """Return one endpoint, or None."""
    rows = Endpoint.objects.select_related("organisation")
    endpoint = rows.filter(organisation_id=name[0], name=name[1]).first()
    return _row(endpoint) if endpoint else None


def read_version(organisation_id: str, model_name: str, number: str) -> VersionKey | None:
    """Return a version by number, or None when the model has no such version."""
    organisation = Organisation.objects.get(pk=organisation_id)
    try:
        version = registry.resolve(organisation=organisation, name=model_name, reference=number)
    except PlatformError:
        return None
    return _key(version, model_name)


def _row(endpoint: Endpoint) -> RouteRow:
    name = (str(endpoint.organisation_id), endpoint.name)
    try:
        version = registry.resolve(
            organisation=endpoint.organisation,
            name=endpoint.model_name,
            reference=endpoint.alias,
        )
    except PlatformError as error:
        return RouteRow(name, endpoint.model_name, None, error.detail)
    return RouteRow(name, endpoint.model_name, _key(version, endpoint.model_name))


def _key(version: registry.ModelVersion, model_name: str) -> VersionKey:
    return VersionKey(
        id=str(version.pk),
        organisation_id=str(version.organisation_id),
        model_name=model_name,
        number=str(version.number),
    )
