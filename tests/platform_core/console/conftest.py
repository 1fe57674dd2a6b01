"""An organisation with rows in every table of the console."""

import secrets
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from platform_core.accounts.api import Actor
from tests.platform_core.console.rows import Rows, build


@pytest.fixture(autouse=True)
def memory_store(settings: Any) -> None:
    settings.STORE_URL = f"memory://{secrets.token_hex(8)}"


@pytest.fixture
def rows(actor: Actor) -> Rows:
    return build(actor)


@pytest.fixture
def console(rows: Rows, page_client: Callable[[Actor], Client]) -> Client:
    """The owner of the rows at the console."""
    return page_client(rows.actor)
