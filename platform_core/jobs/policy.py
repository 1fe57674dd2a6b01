"""Every number of the queue, with its reason."""

from dataclasses import dataclass
from datetime import timedelta

_DAY = timedelta(days=1)


@dataclass(frozen=True)
class Policy:
    """How patient, how large, how long.

    Attributes:
        lease_s: a worker that is silent so long is taken for dead; a job of a killed machine goes on
            within lease_s + two looks of the reaper, well inside the promised 30 s.
        beat_s: how often a lease is renewed; four beats may be missed.
        look_s: how often a worker looks for requests to cancel and writes log lines.
        poll_s: how often a worker looks at the queue without being woken (a lost message strands nothing).
        stop_grace_s: from SIGTERM to SIGKILL of a cancelled job.
        drain_s: the same when the worker itself stops, which must end within 10 s.
        tick_s: pause between two looks of the scheduler.
        lead_s: the leading scheduler's lease.
        retry_delays_s: pause before the next attempt after the first, second, ... crash.
    """

    lease_s: float = 15.0
    beat_s: float = 3.0
    look_s: float = 0.5
    poll_s: float = 2.0
    stop_grace_s: float = 10.0
    drain_s: float = 7.0
    tick_s: float = 1.0
    lead_s: float = 10.0
    retry_delays_s: tuple[float, ...] = (1.0, 5.0, 20.0)
    queued_per_organisation: int = 1000
    params_bytes: int = 256 * 1024
    result_bytes: int = 256 * 1024
    log_lines: int = 20_000
    log_line_bytes: int = 4096
    metric_points: int = 50_000
    metric_names: int = 64
    keep_log: timedelta = 30 * _DAY
    keep_checkpoint: timedelta = 7 * _DAY


POLICY = Policy()
