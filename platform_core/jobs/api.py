"""Public door of jobs: the GPU queue.

Register a kind in `apps.ready()`, submit a job, read it; the entry function of a kind gets a
`JobContext`.
"""

from platform_core.jobs.context import JobContext
from platform_core.jobs.duties import Duty, register_duty
from platform_core.jobs.errors import (
    JobKindUnknownError,
    JobNotFoundError,
    JobParametersError,
    JobStateError,
    JobStoppedError,
    QueueFullError,
    StaleAttemptError,
)
from platform_core.jobs.kinds import JobKind, kind_names, kind_title, register_kind
from platform_core.jobs.models import Attempt, Device, Job, LogLine, MetricPoint, Node
from platform_core.jobs.parameters import parse as parse_parameters
from platform_core.jobs.run.guard import die_with_parent
from platform_core.jobs.selectors import get_job, job_log, job_metrics, jobs, live_nodes
from platform_core.jobs.services import cancel_job, retry_job, set_priority, submit
from platform_core.jobs.states import ENDED, HELD, JobState, Outcome
from platform_core.jobs.wake import use_queue_app

__all__ = [
    "ENDED",
    "HELD",
    "Attempt",
    "Device",
    "Duty",
    "Job",
    "JobContext",
    "JobKind",
    "JobKindUnknownError",
    "JobNotFoundError",
    "JobParametersError",
    "JobState",
    "JobStateError",
    "JobStoppedError",
    "LogLine",
    "MetricPoint",
    "Node",
    "Outcome",
    "QueueFullError",
    "StaleAttemptError",
    "cancel_job",
    "die_with_parent",
    "get_job",
    "job_log",
    "job_metrics",
    "jobs",
    "kind_names",
    "kind_title",
    "live_nodes",
    "parse_parameters",
    "register_duty",
    "register_kind",
    "retry_job",
    "set_priority",
    "submit",
    "use_queue_app",
]
