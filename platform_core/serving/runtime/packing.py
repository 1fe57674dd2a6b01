"""Content encodings of REST bodies: gzip and deflate, both ways, bounded."""

import zlib
from collections.abc import Mapping

from platform_core.serving.runtime.refusals import Refusal

WORTH_PACKING_BYTES = 8 * 1024
"""Smaller answers travel plain: packing them costs more time than the network takes for them."""
_WINDOW_BITS = {b"gzip": 31, b"deflate": 15}  # deflate is the zlib format, RFC 9110 8.4.1.2
_LEVEL = 1  # tensors hardly pack better at higher levels, and each costs the caller time


def encoding_of(headers: Mapping[bytes, bytes]) -> bytes:
    """Return how a request's body is packed; empty when it is not.

    Raises:
        Refusal: 415.
    """
    stated = headers.get(b"content-encoding")
    if stated is None or (encoding := stated.strip().lower()) in {b"", b"identity"}:
        return b""
    if encoding not in _WINDOW_BITS:
        raise Refusal(415, "Content-Encoding is gzip, deflate or absent.")
    return encoding


def unpack(body: bytes, encoding: bytes, max_bytes: int) -> bytes:
    """Return the plain body; never holds more than `max_bytes` of it.

    Raises:
        Refusal: 400 not of that encoding, 413 larger than allowed.
    """
    unpacker = zlib.decompressobj(_WINDOW_BITS[encoding])
    try:
        plain = unpacker.decompress(body, max_bytes + 1)
    except zlib.error:
        raise Refusal(400, f"The body is not {encoding.decode()}.") from None
    if len(plain) > max_bytes:
        raise too_large(max_bytes)
    if not unpacker.eof or unpacker.unused_data:
        raise Refusal(400, f"The {encoding.decode()} body is cut short or followed by more.")
    return plain


def accepted(headers: Mapping[bytes, bytes]) -> bytes:
    """Return the encoding the caller would like its answer in; empty for none."""
    wanted: dict[bytes, bool] = {}
    for choice in headers.get(b"accept-encoding", b"").lower().split(b","):
        name, _, weight = choice.partition(b";")
        wanted[name.strip()] = weight.strip() not in {b"q=0", b"q=0.0", b"q=0.00", b"q=0.000"}
    return next((name for name in _WINDOW_BITS if wanted.get(name)), b"")


def pack(body: bytes, encoding: bytes) -> bytes:
    """Return the body in an encoding that `accepted` gave."""
    packer = zlib.compressobj(_LEVEL, zlib.DEFLATED, _WINDOW_BITS[encoding])
    return packer.compress(body) + packer.flush()


def too_large(max_bytes: int) -> Refusal:
    """Return the refusal of a body beyond the limit."""
    return Refusal(413, f"A request has at most {max_bytes // 2**20} MiB.")
