"""Celery inside the worker: a thread whose only task sets an event.

The supervisor is the main thread, because it owns the signals and the kernel ties the jobs' processes to
the thread that starts them. Celery gets a thread with the "solo" pool: a wake-up takes microseconds,
needs no second process, and a broker that fails can neither stop nor double a job.
"""

import threading

import structlog
from celery import Celery
from celery.worker import state as celery_state

from platform_core.jobs import wake

_log = structlog.get_logger(__name__)
_PAUSE_S = 2.0


class WakeListener(threading.Thread):
    """Consumes wake-ups until `close`; a broker failure is retried for ever.

    Args:
        event: set at every wake-up.
    """

    def __init__(self, event: threading.Event) -> None:
        super().__init__(name="wake-listener", daemon=True)
        self._event = event
        self._closing = threading.Event()
        self._app: Celery = wake.queue_app()
        self._app.task(name=wake.WAKE_TASK, ignore_result=True)(event.set)

    def run(self) -> None:
        """Serve the queue; start over when Celery gives up."""
        while not self._closing.is_set():
            try:
                self._app.WorkController(
                    pool="solo",
                    concurrency=1,
                    loglevel="WARNING",
                    without_heartbeat=True,
                    without_mingle=True,
                    without_gossip=True,
                ).start()
            except Exception as error:  # noqa: BLE001  (the thread's edge; jobs do not depend on it)
                _log.warning("wake_listener_failed", error=str(error))
            self._event.set()  # a wake-up may have been lost with the connection
            self._closing.wait(_PAUSE_S)

    def close(self) -> None:
        """Ask Celery to stop; the thread is a daemon and is not waited for."""
        self._closing.set()
        celery_state.should_stop = 0
