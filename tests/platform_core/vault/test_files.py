import io
import os
import random
import tracemalloc
from itertools import pairwise

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, example, given
from hypothesis import settings as given_settings
from hypothesis import strategies as st

from platform_core.vault import api
from platform_core.vault.stream import CHUNK_BYTES, HEADER_BYTES, ChunkCipher
from tests.platform_core.vault.objects import CONTEXT, raw, read, write

pytestmark = pytest.mark.usefixtures("memory_store")
relaxed = given_settings(
    max_examples=40,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
SOME_BYTES = random.Random(1).randbytes(3 * CHUNK_BYTES + 100)  # noqa: S311
near_borders = st.builds(
    lambda chunks, offset: max(0, chunks * CHUNK_BYTES + offset),
    st.integers(0, 3),
    st.integers(-40, 40),
)


@given(size=near_borders)
@example(size=0)
@example(size=CHUNK_BYTES)
@example(size=2 * CHUNK_BYTES)
@relaxed
def test_what_was_written_is_read_back_and_sizes_add_up(data_key, path, size):
    content = SOME_BYTES[:size]
    write(data_key, path, content)
    assert read(data_key, path) == content
    chunks = max(1, -(-size // CHUNK_BYTES))
    assert api.object_size(path) == HEADER_BYTES + size + 16 * chunks


@given(cuts=st.lists(near_borders, max_size=6))
@relaxed
def test_the_pieces_a_file_is_written_in_do_not_matter(data_key, path, cuts):
    borders = sorted({0, *(min(cut, len(SOME_BYTES)) for cut in cuts), len(SOME_BYTES)})
    with api.open_writer(data_key=data_key, path=path, context=CONTEXT) as writer:
        for start, end in pairwise(borders):
            assert writer.write(SOME_BYTES[start:end]) == end - start
            assert writer.tell() == end
    assert read(data_key, path) == SOME_BYTES


@given(size=near_borders, moves=st.lists(st.tuples(near_borders, near_borders), max_size=8))
@relaxed
def test_random_seeks_read_what_the_plaintext_holds(data_key, path, size, moves):
    content = SOME_BYTES[:size]
    write(data_key, path, content)
    with api.open_reader(data_key=data_key, path=path, context=CONTEXT) as reader:
        assert reader.size == size
        for position, length in moves:
            assert reader.seek(position) == position
            assert reader.read(length) == content[position : position + length]
            assert reader.tell() == max(position, min(position + length, size))


def test_seeking_decrypts_at_most_two_chunks(data_key, path, monkeypatch):
    write(data_key, path, SOME_BYTES)
    decrypted = []
    original = ChunkCipher.decrypt_into

    def counted(self, number, *rest, **options):
        decrypted.append(number)
        return original(self, number, *rest, **options)

    monkeypatch.setattr(ChunkCipher, "decrypt_into", counted)
    with api.open_reader(data_key=data_key, path=path, context=CONTEXT) as reader:
        assert decrypted == [3]  # opening makes sure that the end is the end
        decrypted.clear()
        reader.seek(CHUNK_BYTES - 10)
        assert reader.read(20) == SOME_BYTES[CHUNK_BYTES - 10 : CHUNK_BYTES + 10]
        assert decrypted == [0, 1]


def test_seek_understands_all_three_origins(data_key, path):
    write(data_key, path, b"0123456789")
    with api.open_reader(data_key=data_key, path=path, context=CONTEXT) as reader:
        reader.seek(-3, io.SEEK_END)
        assert reader.read() == b"789"
        reader.seek(2)
        reader.seek(2, io.SEEK_CUR)
        assert reader.read1(1) == b"4"
        with pytest.raises(ValueError, match="before the start"):
            reader.seek(-1)


def test_a_failed_block_leaves_nothing(data_key, path, organisation):
    def half_write():
        with api.open_writer(data_key=data_key, path=path, context=CONTEXT) as writer:
            writer.write(SOME_BYTES)
            assert not api.exists(path)
            raise RuntimeError

    with pytest.raises(RuntimeError):
        half_write()
    assert not api.exists(path)
    assert list(api.list_objects(str(organisation.pk))) == []


def test_a_writer_that_is_aborted_or_forgotten_leaves_nothing(data_key, path):
    writer = api.open_writer(data_key=data_key, path=path, context=CONTEXT)
    writer.write(b"something")
    writer.abort()
    writer.close()
    with pytest.raises(ValueError, match="closed"):
        writer.write(b"more")
    forgotten = api.open_writer(data_key=data_key, path=path, context=CONTEXT)
    forgotten.write(b"something")
    del forgotten
    assert not api.exists(path)


def test_replacing_an_object_shows_the_old_one_until_the_new_one_is_complete(data_key, path):
    write(data_key, path, b"old")
    with api.open_writer(data_key=data_key, path=path, context=CONTEXT) as writer:
        writer.write(b"new")
        assert read(data_key, path) == b"old"
    assert read(data_key, path) == b"new"


def test_equal_files_have_unequal_ciphertexts(data_key, path):
    write(data_key, path, b"same")
    write(data_key, path + "b", b"same")
    assert raw(path)[HEADER_BYTES:] != raw(path + "b")[HEADER_BYTES:]


def test_writing_and_reading_take_constant_memory(data_key, path, settings, tmp_path):
    settings.STORE_URL = tmp_path.as_uri()
    block = bytes(CHUNK_BYTES)
    tracemalloc.start()
    try:
        with api.open_writer(data_key=data_key, path=path, context=CONTEXT) as writer:
            for _ in range(60):
                writer.write(block)
        with api.open_reader(data_key=data_key, path=path, context=CONTEXT) as reader:
            while reader.read(100_000):
                pass
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 30 * 2**20


def test_parquet_and_text_layers_work_on_top(data_key, path):
    table = pa.table(
        {"a": list(range(200_000)), "b": [os.urandom(4).hex() for _ in range(200_000)]}
    )
    with api.open_writer(data_key=data_key, path=path, context=CONTEXT) as writer:
        pq.write_table(table, writer)
    with api.open_reader(data_key=data_key, path=path, context=CONTEXT) as reader:
        assert pq.read_table(reader).equals(table)
    write(data_key, path, "första\nzweite\n".encode())
    with api.open_reader(data_key=data_key, path=path, context=CONTEXT) as reader:
        assert list(io.TextIOWrapper(reader)) == ["första\n", "zweite\n"]
