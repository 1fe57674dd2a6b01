"""Which runtime answers for an endpoint: weighted rendezvous hashing, the same on every host.

When a runtime comes or goes, only the endpoints it answers for move (Thaler & Ravishankar 1998; weights after
Schindelhauer & Schomaker 2005).
"""

import hashlib
import math
from collections.abc import Iterable, Mapping


def ranked(weights: Mapping[str, float], key: Iterable[str]) -> list[str]:
    """Return the names of runtimes, the first choice for `key` first.

    Args:
        weights: name -> how much it can hold; any unit, above 0.
        key: organisation and endpoint.
    """
    text = "\0".join(key)

    def score(name: str) -> float:
        digest = hashlib.blake2b(f"{name}\0{text}".encode(), digest_size=8).digest()
        return -max(weights[name], 1.0) / math.log((int.from_bytes(digest) + 1) / (2**64 + 1))

    return sorted(weights, key=lambda name: (-score(name), name))
