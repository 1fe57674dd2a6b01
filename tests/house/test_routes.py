"""Every route x role x owner: declared, refused to strangers, silent about other organisations."""

import re
from collections.abc import Iterator

import pytest
from django.test import Client

from platform_core.accounts.api import PERMISSIONS, Actor, Organisation, Role
from tests import factories
from tests.house import world
from tests.house.routes import Route, every_route

OURS = [route for route in every_route() if route.is_ours]
CALLS = [(route, method) for route in OURS for method in route.methods]
IDS = [f"{method} {route.pattern}" for route, method in CALLS]


def test_every_route_declares_who_may_call_it():
    undeclared = [
        route.pattern
        for route in every_route()
        if not (route.is_public or route.is_foreign or set(route.methods) <= set(route.permissions))
        or (not route.is_ours and not route.is_public and not route.is_foreign)
    ]
    assert undeclared == []


def test_every_declared_action_is_in_the_permission_table():
    assert {action for route in OURS for action in route.permissions.values()} <= set(PERMISSIONS)


@pytest.fixture
def objects(organisation: Organisation) -> Iterator[world.World]:
    """One object of every kind, owned by `organisation`."""
    return world.build(organisation)


def address(route: Route, objects: world.World) -> str:
    """Return the route's address for the objects; a parameter without a sample fails the test."""
    return "/" + re.sub(
        r"<(?:\w+:)?(\w+)>",
        lambda found: objects.value(route.pattern, found.group(1)),
        route.pattern,
    )


def call(who: Actor | None, method: str, path: str):
    client = Client(raise_request_exception=False, headers={"Accept": "application/json"})
    if who is not None:
        client.force_login(who.user)
    if method == "GET":
        return client.get(path)
    return client.generic(method, path, b"{}", content_type="application/json")


@pytest.mark.parametrize(("route", "method"), CALLS, ids=IDS)
def test_a_stranger_without_log_in_is_refused(route: Route, method: str, objects: world.World):
    if route.is_public:
        pytest.skip("public by declaration")
    answer = call(None, method, address(route, objects))
    assert answer.status_code in {401, 302, 403}
    if answer.status_code == 302:
        assert "/accounts/login/" in answer["Location"]


@pytest.mark.parametrize(("route", "method"), CALLS, ids=IDS)
def test_each_role_gets_what_the_table_says(
    route: Route, method: str, objects: world.World, organisation: Organisation
):
    if route.is_public:
        pytest.skip("public by declaration")
    allowed = PERMISSIONS[route.permissions[method]]
    path = address(route, objects)
    refused = [role for role in Role if role not in allowed]
    for role in refused:
        assert call(factories.actor(organisation, role), method, path).status_code == 403, role
    if method == "GET":
        least = [role for role in Role if role in allowed][-1]
        status = call(factories.actor(organisation, least), method, path).status_code
        assert status not in {401, 403, 404, 500}, (least, status)


@pytest.mark.parametrize(
    ("route", "method"),
    [pair for pair in CALLS if pair[0].converters],
    ids=[name for name, pair in zip(IDS, CALLS, strict=True) if pair[0].converters],
)
def test_another_organisation_sees_nothing(
    route: Route, method: str, objects: world.World, stranger: Actor
):
    """An object of another organisation answers exactly as one that does not exist."""
    existing = address(route, objects)
    absent = address(route, world.absent(objects))
    there, nowhere = call(stranger, method, existing), call(stranger, method, absent)
    assert there.status_code == nowhere.status_code
    assert there.status_code in ({404} if method == "GET" else {404, 400, 415})
