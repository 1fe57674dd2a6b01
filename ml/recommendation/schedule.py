"""Doing something at most every so many seconds."""

import time


class EverySeconds:
    """Callable that is True once per interval, the first time after one interval."""

    def __init__(self, interval_s: float) -> None:
        self.interval_s = interval_s
        self.last_s = time.monotonic()

    def __call__(self) -> bool:
        """Return True when the interval has passed since the last True."""
        now_s = time.monotonic()
        if now_s - self.last_s < self.interval_s:
            return False
        self.last_s = now_s
        return True
