"""Keeps what experiments showed: gathered in memory, written together, bounded, forgotten in time.

An answer must not wait for a row. Each process gathers impressions for at most DELAY_S and writes them
in one statement; a process that is killed loses what it gathered in that time, the same for both variants.
"""

import threading
import uuid
from collections import deque
from datetime import timedelta

import structlog
from django.db import DatabaseError, connections
from django.utils import timezone

from apps.recommendation.models import Experiment, Impression

DELAY_S = 1.0
MAX_WAITING = 10_000
"""Impressions gathered while the database does not answer; older ones give way to newer ones."""
BATCH = 500
MAX_KEPT = 2_000_000
"""Impressions of one experiment; some 300 bytes each."""
COUNT_EVERY_S = 60
KEEP = timedelta(days=90)
"""After an experiment has ended; its result is kept for good."""
_log = structlog.get_logger(__name__)


class Waiting:
    """The impressions of this process that are not written yet."""

    def __init__(self) -> None:
        self.rows: deque[Impression] = deque(maxlen=MAX_WAITING)
        self.lock = threading.Lock()
        self.writing = threading.Lock()
        self.timer: threading.Timer | None = None
        self.counted_at = timezone.now()

    def add(self, row: Impression) -> None:
        """Gather one, and see to it that it is written soon; takes some microseconds."""
        with self.lock:
            self.rows.append(row)
            if self.timer is None:
                self.timer = threading.Timer(DELAY_S, self._write_later)
                self.timer.daemon = True
                self.timer.start()

    def flush(self) -> None:
        """Write what is gathered; what cannot be written now waits for the next time."""
        with self.writing:
            while taken := self._take():
                try:
                    self._write(taken)
                except DatabaseError as error:
                    _log.warning("impressions_not_written", rows=len(taken), error=str(error))
                    self._give_back(taken)
                    return

    def _take(self) -> list[Impression]:
        with self.lock:
            return [self.rows.popleft() for _ in range(min(BATCH, len(self.rows)))]

    def _give_back(self, taken: list[Impression]) -> None:
        with self.lock:
            room = MAX_WAITING - len(self.rows)
            self.rows.extendleft(reversed(taken[-room:] if room else []))

    def _write(self, taken: list[Impression]) -> None:
        ids = {row.experiment_id for row in taken}
        there = set(Experiment.objects.filter(pk__in=ids).values_list("pk", flat=True))
        kept = [row for row in taken if row.experiment_id in there]  # others were deleted meanwhile
        Impression.objects.bulk_create(kept, ignore_conflicts=True)
        now = timezone.now()
        if (now - self.counted_at).total_seconds() >= COUNT_EVERY_S:
            self.counted_at = now
            close_full(there)

    def _write_later(self) -> None:
        with self.lock:
            self.timer = None
        try:
            self.flush()
        finally:
            connections.close_all()  # the thread ends here; its connection would outlive it


def close_full(experiments: set[uuid.UUID]) -> None:
    """Stop recording for experiments that hold as many impressions as may be kept."""
    for experiment in Experiment.objects.filter(pk__in=experiments, is_full=False):
        if experiment.impressions.count() >= MAX_KEPT:
            Experiment.objects.filter(pk=experiment.pk).update(is_full=True)


def forget() -> int:
    """Delete what experiments showed that ended long ago and have their result; return how many rows."""
    long_ago = timezone.now() - KEEP
    over = Experiment.objects.filter(ended_at__lt=long_ago, result__isnull=False)
    deleted, _each = Impression.objects.filter(experiment__in=over).delete()
    return deleted


WAITING = Waiting()
