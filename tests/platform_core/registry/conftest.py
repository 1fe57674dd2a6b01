"""Registered versions of small bundles, in a store in memory."""

import secrets

import pytest

from platform_core.registry import api
from tests.platform_core.registry.bundles import register


@pytest.fixture(autouse=True)
def memory_store(settings):
    settings.STORE_URL = f"memory://{secrets.token_hex(8)}"


@pytest.fixture
def version(actor):
    """Version 1 of the model `films`."""
    return register(actor)


@pytest.fixture
def three(actor):
    """Three versions of `films`; the second is champion, after the first."""
    made = [register(actor, content=str(n).encode(), auc=0.5 + n / 10) for n in (1, 2, 3)]
    for number in (0, 1):
        api.set_alias(actor=actor, model=made[0].model, alias="champion", version=made[number])
    return made
