import io
import os
import uuid
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from platform_core.vault import api, store, stream
from platform_core.vault.stream import CHUNK_BYTES, HEADER_BYTES, SEALED_CHUNK_BYTES

CONTEXT = {"dataset": "d1", "version": "1", "shard": "0"}


@pytest.fixture
def data_key(organisation):
    return api.create_data_key(organisation=organisation, purpose="test")


@pytest.fixture
def path(organisation):
    return f"{organisation.pk}/datasets/{uuid.uuid4()}/shard-0"


def write(data_key, path, content, context=CONTEXT):
    with api.open_writer(data_key=data_key, path=path, context=context) as writer:
        writer.write(content)


def read(data_key, path, context=CONTEXT):
    with api.open_reader(data_key=data_key, path=path, context=context) as reader:
        return reader.read()


def raw(path):
    return store.read_piece(path, 0, 2**40).data


def put_raw(path, content):
    sink = store.Sink(path)
    sink.write(content)
    sink.close()


BORDERS = [0, 1, CHUNK_BYTES - 1, CHUNK_BYTES, CHUNK_BYTES + 1, 2 * CHUNK_BYTES, 3 * CHUNK_BYTES + 7]


@pytest.mark.parametrize("size", BORDERS)
def test_what_was_written_is_read_back(data_key, path, size):
    content = os.urandom(size)
    write(data_key, path, content)
    assert read(data_key, path) == content
    chunks = max(1, -(-size // CHUNK_BYTES))
    assert api.object_size(path) == HEADER_BYTES + size + 16 * chunks
