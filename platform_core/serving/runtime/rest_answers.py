"""Answers of the REST protocol: status, headers, body."""

from collections.abc import Mapping
from typing import Any

import orjson

from platform_core.serving.runtime.refusals import Refusal

Headers = Mapping[bytes, bytes]
Answer = tuple[int, list[tuple[bytes, bytes]], bytes]

JSON = (b"content-type", b"application/json")
BINARY = (b"content-type", b"application/octet-stream")


def as_json(document: Any) -> Answer:
    """Return 200 with a document."""
    return 200, [JSON], orjson.dumps(document)


def refused(refusal: Refusal) -> Answer:
    """Return a refusal as `{"error": words, "code": stable name}`."""
    headers = [JSON]
    if refusal.status == 401:
        headers.append((b"www-authenticate", b"Bearer"))
    if refusal.retry_after_s:
        headers.append((b"retry-after", str(refusal.retry_after_s).encode()))
    return refusal.status, headers, orjson.dumps({"error": refusal.words, "code": refusal.code})
