"""The format, computed a second time with the standard library and constants written down once."""

import hashlib
import hmac
import json

import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from platform_core.vault import aead
from platform_core.vault.errors import DecryptionError
from platform_core.vault.stream import CHUNK_BYTES, MAGIC, ChunkCipher, Layout, Place

DATA_KEY = bytes(range(32))
HEADER = b"PQV1" + bytes(range(100, 132))
PLACE = Place("org", "key", "org/datasets/1/a", {"b": "2", "a": "ü"})


def hkdf(key, salt, info, length):
    """RFC 5869 by hand."""
    pseudo = hmac.new(salt, key, hashlib.sha256).digest()
    out, block, count = b"", b"", 1
    while len(out) < length:
        block = hmac.new(pseudo, block + info + bytes([count]), hashlib.sha256).digest()
        out, count = out + block, count + 1
    return out[:length]


def by_hand(number, plaintext, last):
    secret = hkdf(DATA_KEY, HEADER[4:], b"pentaquark vault stream v1", 39)
    context = '{"a":"ü","b":"2"}'
    words = json.dumps(
        ["stream", "org", "key", "org/datasets/1/a", context],
        ensure_ascii=False,
        separators=(",", ":"),
    )
    associated = hashlib.sha256(HEADER + words.encode()).digest()
    nonce = secret[32:] + number.to_bytes(4, "big") + bytes([last])
    return AESGCM(secret[:32]).encrypt(nonce, plaintext, associated)


@pytest.mark.parametrize(("number", "last"), [(0, False), (0, True), (1, True), (2**32 - 1, False)])
def test_chunks_are_what_the_description_says(number, last):
    cipher = ChunkCipher(data_key=DATA_KEY, header=HEADER, place=PLACE)
    assert cipher.encrypt(number, b"known answer", last=last) == by_hand(
        number, b"known answer", last
    )


def test_a_chunk_written_by_the_first_release_still_opens():
    known = bytes.fromhex("8beec2f3e7ab258183d06717bc279d761d528e38522c90d53adfcc1f")
    cipher = ChunkCipher(data_key=DATA_KEY, header=HEADER, place=PLACE)
    out = bytearray(12)
    cipher.decrypt_into(7, known, out, last=True)
    assert (bytes(out), MAGIC, CHUNK_BYTES) == (b"known answer", b"PQV1", 2**20)


def test_a_blob_written_by_the_first_release_still_opens():
    known = bytes.fromhex(
        "01c8c9cacbcccdcecfd0d1d2d3d4d5d6d7d8d9dadbdcdddedfe0e1e2e3e4e5e6"
        "e7a6c872d234feb4f1988993be5183de8066aabec1bd1220f5b143c203"
    )
    key = hkdf(DATA_KEY, known[1:33], b"pentaquark vault blob v1", 32)
    assert AESGCM(key).decrypt(bytes(12), known[33:], b'["blob","x"]') == b"known answer"
    assert aead.unseal(DATA_KEY, known, binding=aead.bind("blob", "x")) == b"known answer"


def test_bindings_cannot_be_confused_by_moving_a_border():
    assert aead.bind("ab", "c") != aead.bind("a", "bc")
    assert aead.bind('a","b') != aead.bind("a", "b")


def test_a_blob_of_an_unknown_version_or_too_short_is_refused():
    sealed = aead.seal(DATA_KEY, b"x", binding=b"")
    for bad in (b"", b"\x02" + sealed[1:], sealed[:48]):
        with pytest.raises(DecryptionError):
            aead.unseal(DATA_KEY, bad, binding=b"")


@pytest.mark.parametrize(
    ("stored", "size"),
    [
        (52, 0),
        (53, 1),
        (52 + CHUNK_BYTES, CHUNK_BYTES),
        (36 + CHUNK_BYTES + 16 + 17, CHUNK_BYTES + 1),
    ],
)
def test_the_plain_size_follows_from_the_stored_size(stored, size):
    assert Layout.of(stored).size == size


@pytest.mark.parametrize("stored", [0, 36, 51, 52 + CHUNK_BYTES + 1, 52 + CHUNK_BYTES + 16])
def test_sizes_no_file_can_have_are_refused(stored):
    with pytest.raises(DecryptionError):
        Layout.of(stored)
