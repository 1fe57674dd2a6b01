"""The scheduler: one leads, the others stand by; every duty can be repeated without harm."""

import signal
import time
import uuid
from datetime import datetime, timedelta
from types import FrameType

import structlog
from django.db import Error as DatabaseError
from django.db import IntegrityError, connection, transaction
from django.db.models import F
from django.db.models.functions import Now

from platform_core.jobs import cleaning, endings, fence, place, selectors, wake
from platform_core.jobs.duties import DutyThread
from platform_core.jobs.endings import Failure
from platform_core.jobs.errors import StaleAttemptError
from platform_core.jobs.models import Attempt, Job, Node, SchedulerLease
from platform_core.jobs.policy import POLICY
from platform_core.jobs.states import JobState, Outcome

_log = structlog.get_logger(__name__)
_NAME = "scheduler"
_CLEAN_EVERY_TURNS = 600
_LOST = Failure(
    "The worker was lost too often",
    "The worker stopped answering, so the job was taken back.",
    "Look at the machine the job ran on: it may lack memory or have been switched off.",
)


class Leadership:
    """The leader's lease: one row, by the database's clock."""

    def __init__(self) -> None:
        self.holder = f"{place.host()}:{uuid.uuid4().hex[:12]}"

    def hold(self) -> bool:
        """Take or renew the lease; True while this scheduler leads."""
        until = Now() + timedelta(seconds=POLICY.lead_s)
        rows = SchedulerLease.objects.filter(name=_NAME)
        mine_or_over = rows.filter(holder=self.holder) | rows.filter(expires_at__lt=Now())
        if mine_or_over.update(holder=self.holder, expires_at=until):
            return True
        if rows.exists():
            return False
        try:
            with transaction.atomic():
                SchedulerLease.objects.create(name=_NAME, holder=self.holder, expires_at=until)
        except IntegrityError:  # another scheduler was first
            return False
        return True

    def release(self) -> None:
        """Let another scheduler take over at once."""
        SchedulerLease.objects.filter(name=_NAME, holder=self.holder).delete()


class Reaper:
    """Takes jobs back from workers that are gone.

    A worker of this very machine is gone when its process is. Any other is gone when its lease ran out
    and still stands unrenewed at a second look: with SQLite a long transaction can hold up the worker's
    renewal, and whoever waits for the same lock shall not overtake it.
    """

    def __init__(self) -> None:
        self._seen: dict[uuid.UUID, datetime] = {}

    def look(self) -> int:
        """Reap once; return how many attempts were taken back."""
        gone = self._attempts_of_dead_nodes()
        expired = list(Attempt.objects.filter(ended_at=None, lease_expires_at__lt=Now()))
        twice = [a for a in expired if self._seen.get(a.pk) == a.lease_expires_at]
        self._seen = {attempt.pk: attempt.lease_expires_at for attempt in expired}
        return sum(_take_back(attempt) for attempt in {*gone, *twice})

    def _attempts_of_dead_nodes(self) -> list[Attempt]:
        dead = [
            node.pk
            for node in Node.objects.filter(place=place.process_space())
            if place.is_gone(space=node.place, pid=node.pid, pid_started=node.pid_started)
        ]
        attempts = list(Attempt.objects.filter(ended_at=None, node__in=dead))
        if dead and not attempts:
            Node.objects.filter(pk__in=dead).delete()
        return attempts


def _take_back(attempt: Attempt) -> bool:
    """Queue the job of a lost attempt again, unless its lease was renewed meanwhile."""
    try:
        with transaction.atomic():
            fence.lock(attempt)
            same = Attempt.objects.filter(
                pk=attempt.pk, lease_expires_at=attempt.lease_expires_at, ended_at=None
            )
            if not same.exists():
                return False
            endings.broken(attempt, Outcome.LOST, _LOST)
    except StaleAttemptError:
        return False
    _log.warning("attempt_lost", job=str(attempt.job_id), attempt=attempt.number)
    return True


def wake_waiting() -> bool:
    """Wake again when jobs wait and a live worker has a free slot: a lost message strands nothing.

    Without a free slot nothing is sent, so messages cannot pile up at a broker nobody reads.
    """
    free = selectors.live_nodes().filter(stopping=False, busy__lt=F("slots")).exists()
    waiting = Job.objects.filter(state=JobState.QUEUED, runnable_at__lte=Now()).exists()
    if free and waiting:
        wake.send()
    return free and waiting


class Scheduler:
    """Leads or stands by, until asked to stop."""

    def __init__(self) -> None:
        self._leadership = Leadership()
        self._reaper = Reaper()
        self._duties = DutyThread()
        self._stop_asked = False
        self._turns = 0

    def run(self) -> None:
        """Turn until SIGTERM or SIGINT."""
        signal.signal(signal.SIGTERM, self._on_signal)
        signal.signal(signal.SIGINT, self._on_signal)
        _log.info("scheduler_ready", holder=self._leadership.holder)
        while not self._stop_asked:
            self._guarded_turn()
            time.sleep(POLICY.tick_s)
        self._leadership.release()

    def _on_signal(self, _number: int, _frame: FrameType | None) -> None:
        self._stop_asked = True

    def _guarded_turn(self) -> None:
        try:
            if self.turn():
                self._duties.lead(POLICY.lead_s)
        except DatabaseError as error:
            _log.warning("database_unavailable", error=str(error))
            connection.close()

    def turn(self) -> bool:
        """Do every duty once when leading; return whether this scheduler leads."""
        if not self._leadership.hold():
            return False
        self._reaper.look()
        wake_waiting()
        if self._turns % _CLEAN_EVERY_TURNS == 0:
            cleaning.clean()
        self._turns += 1
        return True
