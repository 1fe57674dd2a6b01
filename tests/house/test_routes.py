"""Every route x role x owner: declared, refused to strangers, silent about other organisations."""

import re
from collections.abc import Callable, Iterator

import pytest
from django.db import transaction
from django.http import HttpResponse
from django.test import Client

from platform_core.accounts.api import PERMISSIONS, Actor, Organisation, Role
from tests import factories
from tests.house import world
from tests.house.routes import Route, every_route

OURS = [route for route in every_route() if route.is_ours]
CALLS = [(r, method) for r in OURS if not r.is_public for method in r.methods]
NO_PERSON = {401, 302, 403}
HIDDEN = {
    "GET": {404},
    "POST": {404, 400, 415},
    "PATCH": {404, 400},
    "PUT": {404, 400},
    "DELETE": {404},
}
"""What another organisation's object may answer with; a malformed body may be noticed first."""
OF_OTHERS = {
    ("POST", f"{base}jobs/<{kind}:job_id>/{verb}/"): "job.manage"
    for base, kind in (("", "uuid"), ("api/v1/", "str"))
    for verb in ("cancel", "retry")
} | {
    ("GET", "api/v1/api-keys/<str:key_id>/"): "apikey.manage",
    ("POST", "api/v1/fraud/detectors/<str:name>/changes/<str:change_id>/decline"): "policy.approve",
    ("POST", "fraud/changes/<str:name>/<str:change_id>/decline/"): "policy.approve",
}
"""Open to whoever made the object; for somebody else's, this action is needed on top."""


def test_every_route_declares_who_may_call_it():
    undeclared = [
        route.pattern
        for route in every_route()
        if not (route.is_public or route.is_foreign)
        and not (route.is_ours and set(route.methods) <= set(route.permissions))
    ]
    assert undeclared == []


def test_every_declared_action_is_in_the_permission_table():
    assert {action for route in OURS for action in route.permissions.values()} <= set(PERMISSIONS)


def test_there_are_routes_to_check():
    assert len(CALLS) > 80


@pytest.fixture
def objects(organisation: Organisation) -> world.World:
    """One object of every kind, owned by `organisation`."""
    return world.build(organisation)


def address(route: Route, objects: world.World) -> str:
    """Return the route's address for the objects."""

    def sample(found: re.Match[str]) -> str:
        return objects.value(route.pattern, found.group(1))

    return "/" + re.sub(r"<(?:\w+:)?(\w+)>", sample, route.pattern)


def sign_in(who: Actor | None) -> Client:
    """Return a client of a signed-in person, or of a stranger."""
    client = Client(raise_request_exception=False, headers={"Accept": "application/json"})
    if who is not None:
        client.force_login(who.user)
    return client


def call(client: Client, method: str, path: str) -> HttpResponse:
    """Call, and undo whatever the call changed."""
    with transaction.atomic():
        if method == "GET":
            answer = client.get(path)
        else:
            answer = client.generic(method, path, b"{}", content_type="application/json")
        transaction.set_rollback(True)
    return answer


Offence = Callable[[Route, str], Iterator[str]]


def offences(find: Offence) -> list[str]:
    """Return what `find` says of any route and method."""
    return [
        f"{method} /{route.pattern}: {words}"
        for route, method in CALLS
        for words in find(route, method)
    ]


def test_strangers_without_log_in_are_refused(objects: world.World):
    nobody = sign_in(None)

    def let_in(route: Route, method: str) -> Iterator[str]:
        answer = call(nobody, method, address(route, objects))
        if answer.status_code not in NO_PERSON:
            yield f"answered {answer.status_code}"
        if answer.status_code == 302 and "/accounts/login/" not in answer["Location"]:
            yield f"sent to {answer['Location']}"

    assert offences(let_in) == []


def test_each_role_gets_what_the_table_says(objects: world.World, organisation: Organisation):
    people = {role: sign_in(factories.actor(organisation, role)) for role in Role}

    def wrong(route: Route, method: str) -> Iterator[str]:
        allowed, path = PERMISSIONS[route.permissions[method]], address(route, objects)
        for role, person in people.items():
            status = call(person, method, path).status_code
            if role not in allowed and status != 403:
                yield f"{role} was not refused but answered {status}"
            further = OF_OTHERS.get((method, route.pattern), route.permissions[method])
            if role not in PERMISSIONS[further]:
                continue
            if role in allowed and (status in {401, 403, 500} or (method, status) == ("GET", 404)):
                yield f"{role} may, but was answered {status}"

    assert offences(wrong) == []


def test_another_organisation_sees_nothing(objects: world.World, stranger: Actor):
    """An object of another organisation answers exactly as one that does not exist."""

    other = sign_in(stranger)

    def told(route: Route, method: str) -> Iterator[str]:
        if not route.converters:
            return
        there = call(other, method, address(route, objects)).status_code
        nowhere = call(other, method, address(route, world.absent(objects))).status_code
        if there != nowhere:
            yield f"answered {there} for what exists and {nowhere} for what does not"
        if there not in HIDDEN[method]:
            yield f"answered {there}"

    assert offences(told) == []
