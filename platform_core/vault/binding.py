"""What a ciphertext belongs to, in one canonical form."""

import json
from collections.abc import Mapping


def encode_context(context: Mapping[str, str]) -> str:
    """Return the caller's context as JSON with sorted keys: equal contexts give equal text.

    Raises:
        TypeError: a key or value is not text; a number's text form could differ between writer and reader.
    """
    for key, value in context.items():
        if not isinstance(key, str) or not isinstance(value, str):
            raise TypeError(f"Context {key!r}: {value!r} is not text.")
    return json.dumps(dict(context), sort_keys=True, ensure_ascii=False, separators=(",", ":"))
