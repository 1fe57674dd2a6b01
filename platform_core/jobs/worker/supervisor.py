"""The worker's main loop."""

import signal
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from types import FrameType

import structlog
from django.db import Error as DatabaseError
from django.db import connection

from platform_core.jobs import claims, endings
from platform_core.jobs.errors import StaleAttemptError
from platform_core.jobs.kinds import kind_names
from platform_core.jobs.models import Attempt, Job, Node
from platform_core.jobs.policy import POLICY
from platform_core.jobs.states import Outcome
from platform_core.jobs.worker import exits
from platform_core.jobs.worker.child import Child

_log = structlog.get_logger(__name__)
_LOOP_S = 0.1


@dataclass
class Run:
    """An attempt with its process."""

    attempt: Attempt
    child: Child
    stopping: bool = False
    killed_for: endings.Failure | None = None


class Every:
    """True once per period."""

    def __init__(self, period_s: float) -> None:
        self._period_s = period_s
        self._next = 0.0

    def is_due(self) -> bool:
        """Say whether the period has passed, and start the next one."""
        now = time.monotonic()
        if now < self._next:
            return False
        self._next = now + self._period_s
        return True


class Supervisor:
    """Claims jobs while slots are free, and looks after their processes.

    Args:
        node: this worker's row.
        wake: set by the listener when there may be work.
        memory_bytes: what one job's processes may use together; 0 for no limit.
        poll_s: how often to look at the queue without being woken.
    """

    def __init__(
        self,
        node: Node,
        wake: threading.Event,
        memory_bytes: int = 0,
        poll_s: float = POLICY.poll_s,
    ) -> None:
        self._node = node
        self._wake = wake
        self._memory_bytes = memory_bytes
        self._runs: list[Run] = []
        self._spare: Child | None = None
        self._stop = False
        self._beat, self._look = Every(POLICY.beat_s), Every(POLICY.look_s)
        self._poll = Every(poll_s)

    def run(self) -> None:
        """Work until SIGTERM or SIGINT, then drain."""
        signal.signal(signal.SIGTERM, self._on_signal)
        signal.signal(signal.SIGINT, self._on_signal)
        while not self._stop:
            self._turn()
            self._wake.wait(_LOOP_S)
        self._drain()

    def _on_signal(self, _number: int, _frame: FrameType | None) -> None:
        self._stop = True

    def _turn(self) -> None:
        for step in (self._end_runs, self._keep_leases, self._look_after, self._take_work):
            self._guarded(step)

    def _guarded(self, step: Callable[[], None]) -> None:
        """A database or memory short for a while must not end the worker: jobs go on, leases decide."""
        try:
            step()
        except (DatabaseError, OSError) as error:
            _log.warning("step_failed", step=step.__name__, error=str(error))
            connection.close()

    # --- taking work ------------------------------------------------------------------------

    def _take_work(self) -> None:
        self._keep_spare()
        woken = self._wake.is_set()
        self._wake.clear()
        if len(self._runs) >= self._node.slots or not (woken or self._poll.is_due()):
            return  # a slot that gets free looks again
        attempt = claims.claim(node=self._node, kinds=kind_names())
        if attempt is None:
            return
        self._wake.set()  # there may be more: look again at the next turn
        child, self._spare = self._spare or Child(), None
        child.assign(str(attempt.pk), _device_list(attempt))
        self._runs.append(Run(attempt, child))
        _log.info("job_started", job=str(attempt.job_id), attempt=attempt.number, pid=child.pid)

    def _keep_spare(self) -> None:
        """Keep one loaded process ready, so that a job starts at once."""
        if self._spare is not None and not self._spare.is_alive:
            self._spare.close()
            self._spare = None
        if self._spare is None and len(self._runs) < self._node.slots:
            self._spare = Child()

    # --- looking after it -------------------------------------------------------------------

    def _keep_leases(self) -> None:
        if not self._beat.is_due():
            return
        lost = claims.renew(node=self._node, attempts=[run.attempt for run in self._runs])
        for run in self._runs:
            if run.attempt in lost and run.child.is_alive:
                self._check_lost(run)
            elif self._memory_bytes and run.child.memory_bytes() > self._memory_bytes:
                run.killed_for = exits.over_memory(self._memory_bytes)
                run.child.kill()

    def _check_lost(self, run: Run) -> None:
        """Kill a process whose lease was taken; one that recorded its own end is just exiting."""
        run.attempt.refresh_from_db(fields=["outcome", "ended_at"])
        if run.attempt.outcome == Outcome.LOST:
            _log.warning("lease_lost", job=str(run.attempt.job_id), attempt=run.attempt.number)
            run.child.kill()

    def _look_after(self) -> None:
        if not self._runs or not self._look.is_due():
            return
        ids = [run.attempt.job_id for run in self._runs]
        cancelled = set(
            Job.objects.filter(pk__in=ids)
            .exclude(cancel_requested_at=None)
            .values_list("pk", flat=True)
        )
        for run in self._runs:
            if run.attempt.job_id in cancelled:
                run.stopping = True
                run.child.request_stop(POLICY.stop_grace_s)
            run.child.enforce_stop()
            run.child.log.store(run.attempt)

    # --- ending it --------------------------------------------------------------------------

    def _end_runs(self) -> None:
        for run in [run for run in self._runs if not run.child.is_alive]:
            run.child.close()
            self._record(run)
            run.child.log.store(run.attempt)
            self._runs.remove(run)
            self._wake.set()  # a slot is free

    def _record(self, run: Run) -> None:
        """Record the end of a process that could not do so itself."""
        run.attempt.refresh_from_db(fields=["outcome", "ended_at"])
        if run.attempt.ended_at is None:
            failure = run.killed_for or exits.describe(run.child.status)
            if not run.stopping:
                run.child.log.add(failure.detail)
            try:
                self._end(run, failure)
            except StaleAttemptError:
                _log.info("attempt_was_stale", job=str(run.attempt.job_id))
        _log.info("job_ended", job=str(run.attempt.job_id), status=run.child.status)

    def _end(self, run: Run, failure: endings.Failure) -> None:
        if run.stopping:
            endings.stopped(run.attempt)
        else:
            endings.broken(run.attempt, Outcome.CRASHED, failure)

    # --- stopping ---------------------------------------------------------------------------

    def _drain(self) -> None:
        """Ask every job to save and stop, put it back into the queue, leave."""
        self._node.stopping = True
        if self._spare is not None:
            self._spare.close()
        for run in self._runs:
            self._guarded(lambda run=run: _preempt(run))  # type: ignore[misc]
            run.stopping = True
            run.child.request_stop(POLICY.drain_s)
        leave_at = time.monotonic() + POLICY.drain_s + 2.0  # without a database leases decide
        while self._runs and time.monotonic() < leave_at:
            for step in (self._end_runs, self._keep_leases, self._look_after):
                self._guarded(step)
            time.sleep(_LOOP_S)
        self._guarded(lambda: _forget(self._node))


def _preempt(run: Run) -> None:
    try:
        endings.preempt(run.attempt)
    except StaleAttemptError:
        _log.info("attempt_had_ended", job=str(run.attempt.job_id))


def _forget(node: Node) -> None:
    Node.objects.filter(pk=node.pk).delete()


def _device_list(attempt: Attempt) -> str:
    return ",".join(str(device.index) for device in attempt.devices.all())
