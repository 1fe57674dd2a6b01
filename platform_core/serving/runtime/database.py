"""Runs the ORM in threads of its own, so that the event loop never waits for the database."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from django.db import close_old_connections, connections

T = TypeVar("T")


class DatabaseThreads:
    """A few threads, each with one connection that is reopened when it has gone stale."""

    def __init__(self, name: str, threads: int = 1) -> None:
        self._count = threads
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix=f"db-{name}")

    async def call(self, function: Callable[..., T], *args: object) -> T:
        """Run `function(*args)` in a thread with a usable connection."""
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._pool, _with_connection, function, args)

    def close(self) -> None:
        """Close every thread's connection and the threads."""
        for _ in range(self._count):
            self._pool.submit(connections.close_all)
        self._pool.shutdown(wait=True, cancel_futures=False)


def _with_connection(function: Callable[..., T], args: tuple[object, ...]) -> T:
    close_old_connections()
    try:
        return function(*args)
    finally:
        close_old_connections()
