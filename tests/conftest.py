"""Fixtures every test may use."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest
from django.conf import settings
from django.db import connection
from django.test import Client
from pytest_django import DjangoDbBlocker
from rest_framework.test import APIClient

from platform_core.accounts.api import Actor, Organisation, Role
from platform_core.audit import triggers
from tests import emptying, factories

pytest_plugins = ["tests.live_platform"]
SHARED_DATA = Path(__file__).resolve().parent.parent.parent / "shared" / "data"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Run what needs the whole platform last: its processes then slow nobody else down."""
    items.sort(key=lambda item: "live_platform" in getattr(item, "fixturenames", ()))


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> None:
    """Take the audit log's triggers away: transactional tests empty their tables.

    The tests of the audit part put them back for themselves.
    """
    with django_db_blocker.unblock():
        triggers.remove(connection)
    emptying.use()


@pytest.fixture
def organisation(db: None) -> Organisation:
    return factories.organisation()


@pytest.fixture
def actor(organisation: Organisation) -> Actor:
    """The owner of `organisation`."""
    return factories.actor(organisation)


@pytest.fixture
def stranger(db: None) -> Actor:
    """The owner of another organisation."""
    return factories.actor()


@pytest.fixture
def page_client() -> Callable[[Actor], Client]:
    """Return a browser-like client signed in as an actor."""

    def sign_in(who: Actor) -> Client:
        client = Client()
        client.force_login(who.user)
        return client

    return sign_in


@pytest.fixture
def rest_client() -> Callable[..., APIClient]:
    """Return a REST client with an API key of an actor."""

    def with_key(who: Actor, *scopes: str) -> APIClient:
        client = APIClient()
        client.credentials(HTTP_AUTHORIZATION=f"Bearer {factories.api_key(who, *scopes)}")
        return client

    return with_key


@pytest.fixture
def member(organisation: Organisation) -> Callable[[Role], Actor]:
    """Return a new member of `organisation` with a role."""
    return lambda role: factories.actor(organisation, role)


@pytest.fixture(scope="session")
def child_environment(django_db_setup: None) -> dict[str, str]:
    """Environment in which a child process uses the test run's database, broker, store and keys."""
    database = connection.settings_dict
    url = settings.DATABASE_URL
    if connection.vendor == "sqlite":
        url = f"sqlite:///{database['NAME']}"
    else:
        url = url.rpartition("/")[0] + "/" + database["NAME"]
    return {
        **os.environ,
        "PENTAQUARK_HOME": str(settings.HOME),
        "PENTAQUARK_DATABASE_URL": url,
        "DJANGO_SETTINGS_MODULE": "tests.settings",
    }


@pytest.fixture
def process_environment(
    child_environment: dict[str, str], transactional_db: None
) -> dict[str, str]:
    """The same for a test that shows its rows to the process: they are committed, and gone afterwards."""
    return child_environment


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """Folder of the public data sets; the test is skipped where it is absent."""
    if not SHARED_DATA.is_dir():
        pytest.skip("the public data sets are not beside this checkout (../shared/data)")
    return SHARED_DATA
