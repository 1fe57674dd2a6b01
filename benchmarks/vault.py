"""Throughput of encrypted files beside the bare cipher, in one run on the same bytes.

Run: `uv run python benchmarks/vault.py [MEBIBYTES]`. Prints one JSON object with MB/s: `bare_cipher` is
AES-256-GCM alone; for each store, `plain` is the store without encryption and `vault` with it.
"""

import json
import os
import shutil
import statistics
import sys
import tempfile
import time
import uuid
from collections.abc import Callable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
HOME = tempfile.mkdtemp(prefix="pentaquark-benchmark-")
os.environ.update(PENTAQUARK_HOME=HOME, DJANGO_SETTINGS_MODULE="platform_core.config.settings")

import django  # noqa: E402  (the settings' home is set first)

django.setup()

from cryptography.hazmat.primitives.ciphers.aead import AESGCM  # noqa: E402  (the settings' home is set first)
from django.conf import settings  # noqa: E402  (the settings' home is set first)

from platform_core.vault import reader, store, stream, writer  # noqa: E402  (the settings' home is set first)
from platform_core.vault.stream import CHUNK_BYTES, ChunkCipher, Place  # noqa: E402  (the settings' home is set first)

REPEATS = 5
MIB = int(sys.argv[1]) if len(sys.argv) > 1 else 256
BLOCK = os.urandom(CHUNK_BYTES)
PATH = f"{uuid.uuid4()}/benchmark/x/y"
KEY = bytes(range(32))


def cipher_for(header: bytes) -> ChunkCipher:
    """Return the cipher of the benchmark's file."""
    return ChunkCipher(data_key=KEY, header=header, place=Place("o", "k", PATH, {}))


def write() -> None:
    """Write MIB mebibytes through the vault."""
    header = stream.new_header()
    with writer.EncryptedWriter(
        sink=store.Sink(PATH), cipher=cipher_for(header), header=header
    ) as file:
        for _ in range(MIB):
            file.write(BLOCK)


def read() -> None:
    """Read the file back into one buffer."""
    first = reader.open_first(PATH)
    cipher = cipher_for(bytes(first.data[: stream.HEADER_BYTES]))
    buffer = bytearray(CHUNK_BYTES)
    with reader.EncryptedReader(path=PATH, first=first, cipher=cipher) as file:
        while file.readinto(buffer):
            pass


def write_plain() -> None:
    """Write the same bytes without the vault."""
    sink = store.Sink(PATH)
    for _ in range(MIB):
        sink.write(BLOCK)
    sink.close()


def read_plain() -> None:
    """Read as many bytes without the vault, in the same requests."""
    for number in range(0, MIB, 4):
        bytes(store.read_piece(PATH, number * CHUNK_BYTES, 4 * CHUNK_BYTES).data)


def bare_encrypt() -> None:
    """Encrypt the same bytes with nothing around the cipher."""
    cipher = AESGCM(KEY)
    for number in range(MIB):
        cipher.encrypt(number.to_bytes(12, "big"), BLOCK, None)


def bare_decrypt() -> None:
    """Decrypt as many bytes with nothing around the cipher."""
    cipher = AESGCM(KEY)
    sealed = cipher.encrypt(bytes(12), BLOCK, None)
    for _ in range(MIB):
        cipher.decrypt(bytes(12), sealed, None)


def rate(task: Callable[[], None]) -> float:
    """Return the median MB/s of REPEATS runs."""
    task()
    times = []
    for _ in range(REPEATS):
        start = time.perf_counter()
        task()
        times.append(time.perf_counter() - start)
    return round(MIB * CHUNK_BYTES / 1e6 / statistics.median(times))


def measure(address: str) -> dict[str, float]:
    """Return the rates on one store."""
    settings.STORE_URL = address
    rates = {"write_vault": rate(write), "read_vault": rate(read)}
    store.delete_object(PATH)
    rates |= {"write_plain": rate(write_plain), "read_plain": rate(read_plain)}
    store.delete_object(PATH)
    for way in ("write", "read"):
        rates[f"{way}_ratio"] = round(rates[f"{way}_vault"] / rates[f"{way}_plain"], 2)
    return rates


result = {
    "mib": MIB,
    "bare_cipher": {"encrypt": rate(bare_encrypt), "decrypt": rate(bare_decrypt)},
    "memory": measure("memory://benchmark"),
    "disk": measure((Path(HOME) / "objects").as_uri()),
}
shutil.rmtree(HOME)
print(json.dumps(result))
