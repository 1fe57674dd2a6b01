"""What other parts have the leading scheduler do every so often.

Duties run one after another in a thread of their own: one that waits for a mail server must not keep the
reaper from its work.
"""

import threading
import time
from dataclasses import dataclass

import structlog
from django.db import close_old_connections, connections
from django.utils.module_loading import import_string

_log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Duty:
    """Something to be done again and again.

    Attributes:
        name: for the log.
        every_s: from the end of one time to the beginning of the next.
        entry: dotted name of a function without arguments; it must be harmless when two do it at once, since
            leadership can change in the middle.
    """

    name: str
    every_s: float
    entry: str


_DUTIES: dict[str, Duty] = {}


def register_duty(duty: Duty) -> None:
    """Add a duty; called while parts get ready, in every process."""
    _DUTIES[duty.name] = duty


class DutyThread:
    """Does the duties while it is told that this scheduler leads."""

    def __init__(self) -> None:
        self._leads_until = 0.0
        self._due: dict[str, float] = {}
        self._thread: threading.Thread | None = None

    def lead(self, for_s: float) -> None:
        """Go on for so long; started at the first call."""
        self._leads_until = time.monotonic() + for_s
        if _DUTIES and (self._thread is None or not self._thread.is_alive()):
            self._thread = threading.Thread(target=self._run, name="duties", daemon=True)
            self._thread.start()

    def _run(self) -> None:
        try:
            while time.monotonic() < self._leads_until:
                self.turn()
                time.sleep(0.5)
        finally:
            connections.close_all()

    def turn(self) -> None:
        """Do once what is due."""
        for duty in list(_DUTIES.values()):
            if time.monotonic() >= self._due.get(duty.name, 0.0):
                _do(duty)
                self._due[duty.name] = time.monotonic() + duty.every_s


def _do(duty: Duty) -> None:
    close_old_connections()
    try:
        import_string(duty.entry)()
    except Exception:  # noqa: BLE001  (a process's edge: logged, and tried again at its next time)
        _log.exception("duty_failed", duty=duty.name)
        connections.close_all()
