"""A data key and a path of one organisation, and helpers that look at the stored bytes."""

import secrets
import uuid

import pytest

from platform_core.vault import api


@pytest.fixture
def data_key(organisation):
    return api.create_data_key(organisation=organisation, purpose="test")


@pytest.fixture
def path(organisation):
    return f"{organisation.pk}/datasets/{uuid.uuid4()}/shard-0"


@pytest.fixture
def memory_store(settings):
    settings.STORE_URL = f"memory://{secrets.token_hex(8)}"
