"""Seeds: independent streams from one number, and one thread count for the linear algebra."""

from collections.abc import Iterator
from contextlib import contextmanager
from zlib import crc32

import numpy as np
from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]


def generator(seed: int, purpose: str = "") -> np.random.Generator:
    """Return a generator that depends on the seed and on what it is for.

    Two purposes never share a stream, so adding one draw cannot change another part's result.
    """
    return np.random.default_rng([seed, crc32(purpose.encode())])


@contextmanager
def one_blas_thread() -> Iterator[None]:
    """Keep BLAS to one thread, for code that already runs one thread per core."""
    with threadpool_limits(limits=1, user_api="blas"):
        yield
