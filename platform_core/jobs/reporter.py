"""Writes a job's progress and metrics from its own process: buffered, every half second, fenced."""

import math
import threading
from collections.abc import Callable
from typing import Any

from django.db import Error as DatabaseError
from django.db import connection

from platform_core.jobs import fence
from platform_core.jobs.errors import StaleAttemptError
from platform_core.jobs.models import Attempt, Job, MetricPoint
from platform_core.jobs.policy import POLICY

_EVERY_S = 0.5


class Reporter:
    """The training loop only touches memory; a thread with its own connection writes.

    Args:
        attempt: whose progress it is.
        on_stale: called in the thread when the attempt lost its job.
    """

    def __init__(self, attempt: Attempt, on_stale: Callable[[], None]) -> None:
        self._attempt = attempt
        self._on_stale = on_stale
        self._lock = threading.Lock()
        self._fields: dict[str, Any] = {}
        self._latest: dict[str, float] = {}
        self._dirty = False
        self._points: list[MetricPoint] = []
        self._room = POLICY.metric_points - attempt.job.points.count()
        self._closing = threading.Event()
        self._thread = threading.Thread(target=self._run, name="reporter", daemon=True)

    def start(self) -> None:
        """Begin to write."""
        self._thread.start()

    def progress(self, fraction: float, message: str) -> None:
        """Note progress; NaN is taken for 0, anything else is clipped to [0, 1]."""
        clipped = 0.0 if math.isnan(fraction) else min(max(float(fraction), 0.0), 1.0)
        with self._lock:
            self._fields["progress"] = clipped
            self._dirty = True
            if message:
                self._fields["message"] = message.replace("\x00", "")[:300]

    def metric(self, name: str, value: float, step: int | None) -> bool:
        """Note a point; False when it is not finite or the job has too many."""
        number, name = float(value), name[:64]
        with self._lock:
            known = name in self._latest or len(self._latest) < POLICY.metric_names
            if not math.isfinite(number) or not known or self._room <= 0:
                return False
            self._latest[name] = number
            if step is not None:
                self._room -= 1
                self._points.append(
                    MetricPoint(
                        job_id=self._attempt.job_id,
                        attempt_number=self._attempt.number,
                        name=name,
                        step=int(step),
                        value=number,
                    )
                )
            self._dirty = True
            return True

    def flush(self) -> None:
        """Write what is noted.

        Raises:
            StaleAttemptError: the attempt no longer holds the job.
        """
        with self._lock:
            if not self._dirty:
                return
            fields, points, latest = self._fields, self._points, dict(self._latest)
            self._fields, self._points, self._dirty = {}, [], False
        try:
            with fence.held(self._attempt) as job:
                self._write(job, fields, points, latest)
        except DatabaseError:
            with self._lock:  # for the next turn; newer values win
                self._fields, self._points = fields | self._fields, points + self._points
                self._dirty = True
            raise

    def _write(
        self, job: Job, fields: dict[str, Any], points: list[MetricPoint], latest: dict[str, float]
    ) -> None:
        MetricPoint.objects.bulk_create(points, batch_size=500)
        for name, value in fields.items():
            setattr(job, name, value)
        job.metrics = (job.metrics or {}) | latest
        job.save(update_fields=["progress", "message", "metrics"])

    def close(self) -> None:
        """Stop the thread, then write the rest.

        Raises:
            StaleAttemptError: the attempt no longer holds the job.
        """
        self._closing.set()
        self._thread.join()
        self.flush()

    def _run(self) -> None:
        while not self._closing.wait(_EVERY_S):
            try:
                self.flush()
            except StaleAttemptError:
                self._on_stale()
                break
            except DatabaseError:
                connection.close()  # try again at the next turn, on a fresh connection
        connection.close()
