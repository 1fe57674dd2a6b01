"""Seeds: independent streams from one number; and the number of threads of the linear algebra."""

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


def serve_with_one_blas_thread() -> None:
    """Keep BLAS to one thread from now on in this process.

    Requests are small and come side by side: with two threads that wait for each other, one dot product with
    41,000 x 128 took 12 ms on a busy machine of 2 cores, with one thread 0.8 ms.
    """
    threadpool_limits(limits=1, user_api="blas")
