import uuid

import pytest

from platform_core.vault import api
from platform_core.vault.stream import CHUNK_BYTES, HEADER_BYTES, SEALED_CHUNK_BYTES
from tests import factories
from tests.platform_core.vault.objects import CONTEXT, put_raw, raw, read, write

pytestmark = pytest.mark.usefixtures("memory_store")


def refused(data_key, path, content, context=CONTEXT):
    """Say whether reading `content` in the place of the stored object is refused vaguely."""
    put_raw(path, content)
    try:
        read(data_key, path, context)
    except api.DecryptionError as error:
        return str(error) == "The data could not be decrypted."
    return False


def test_every_change_of_a_single_byte_is_refused(data_key, path):
    write(data_key, path, b"a small secret")
    stored = raw(path)
    for index in range(len(stored)):
        for bit in (0x01, 0x80, 0xFF):
            altered = bytearray(stored)
            altered[index] ^= bit
            assert refused(data_key, path, altered), (index, bit)
    put_raw(path, stored)
    assert read(data_key, path) == b"a small secret"


def test_every_truncation_and_extension_of_a_small_file_is_refused(data_key, path):
    write(data_key, path, b"a small secret")
    stored = raw(path)
    for length in range(len(stored)):
        assert refused(data_key, path, stored[:length]), length
    assert refused(data_key, path, stored + b"x")
    assert refused(data_key, path, stored + stored[HEADER_BYTES:])


@pytest.fixture
def chunks(data_key, path):
    """Header and sealed chunks of a file of three full chunks and a bit."""
    write(data_key, path, b"".join(bytes([n]) * CHUNK_BYTES for n in range(3)) + b"end")
    stored = raw(path)
    body = stored[HEADER_BYTES:]
    step = SEALED_CHUNK_BYTES
    return stored[:HEADER_BYTES], [body[i : i + step] for i in range(0, len(body), step)]


def test_cutting_a_large_file_at_a_chunk_border_is_refused_when_it_is_opened(
    data_key, path, chunks
):
    header, parts = chunks
    for kept in range(4):
        put_raw(path, header + b"".join(parts[:kept]))
        with pytest.raises(api.DecryptionError):
            api.open_reader(data_key=data_key, path=path, context=CONTEXT)


@pytest.mark.parametrize(
    "order", [(1, 0, 2, 3), (0, 0, 2, 3), (0, 2, 3), (0, 1, 2, 2, 3), (3, 1, 2, 0), (0, 1, 3, 2)]
)
def test_reordered_repeated_and_missing_chunks_are_refused(data_key, path, chunks, order):
    header, parts = chunks
    assert refused(data_key, path, header + b"".join(parts[n] for n in order))


def test_a_chunk_of_another_file_under_the_same_key_is_refused(data_key, path, chunks):
    header, parts = chunks
    write(data_key, path + "-other", bytes(CHUNK_BYTES) * 3 + b"end")
    foreign = raw(path + "-other")[HEADER_BYTES : HEADER_BYTES + SEALED_CHUNK_BYTES]
    assert refused(data_key, path, header + foreign + b"".join(parts[1:]))


def test_a_file_moved_to_another_path_is_refused(data_key, path):
    write(data_key, path, b"secret")
    assert refused(data_key, path + "-elsewhere", raw(path))


@pytest.mark.parametrize(
    "context", [{}, CONTEXT | {"shard": "1"}, CONTEXT | {"more": ""}, {"dataset": "d1"}]
)
def test_another_context_is_refused(data_key, path, context):
    write(data_key, path, b"secret")
    assert refused(data_key, path, raw(path), context)


def test_another_data_key_of_the_organisation_is_refused(data_key, path, organisation):
    write(data_key, path, b"secret")
    other = api.create_data_key(organisation=organisation, purpose="other")
    assert refused(other, path, raw(path))


def test_another_organisation_gets_neither_path_nor_content(data_key, path):
    write(data_key, path, b"secret")
    stranger = factories.organisation()
    theirs = api.create_data_key(organisation=stranger, purpose="theirs")
    with pytest.raises(api.ObjectPathError):
        read(theirs, path)
    assert refused(theirs, f"{stranger.pk}/datasets/{uuid.uuid4()}/x", raw(path))


def test_a_context_that_is_not_text_is_a_programming_error(data_key, path):
    with pytest.raises(TypeError):
        write(data_key, path, b"", {"version": 1})
