"""What callers may take of a web process."""

from dataclasses import dataclass

MIB = 2**20


@dataclass(frozen=True)
class Limits:
    """Bounds of one web process.

    Attributes:
        threads: requests that Django answers at a time.
        waiting: requests that may wait for a thread; a person gives up sooner than more are through.
        short_bytes: a body up to here is received whole before a thread is taken.
        held_bytes: of all bodies being received or waiting, together.
        grace_s: the longest a sender may keep us waiting; each piece earns time back, up to here.
        short_rate: bytes a second a short body must come at on average; it holds no thread.
        long_rate: the same of a long body, which holds one: 16 KiB/s is a poor mobile connection.
        taking_s: the longest a reader may take for one piece of a streamed answer.
    """

    threads: int = 32
    waiting: int = 256
    short_bytes: int = MIB
    held_bytes: int = 64 * MIB
    grace_s: float = 10.0
    short_rate: int = 1024
    long_rate: int = 16 * 1024
    taking_s: float = 60.0

    @property
    def long_bodies(self) -> int:
        """How many threads may be held by long bodies."""
        return max(1, self.threads // 2)
