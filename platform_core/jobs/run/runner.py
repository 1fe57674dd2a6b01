"""Runs the entry function of one attempt and records how it ended."""

import logging
import os
import signal
import traceback
from types import FrameType

from django.utils.module_loading import import_string

from platform_core.errors import PlatformError
from platform_core.jobs import checkpoints, endings
from platform_core.jobs.context import JobContext
from platform_core.jobs.endings import Failure
from platform_core.jobs.errors import StaleAttemptError
from platform_core.jobs.kinds import get_kind
from platform_core.jobs.models import Attempt
from platform_core.jobs.reporter import Reporter
from platform_core.jobs.states import Outcome

EXIT_STALE = 75
_log = logging.getLogger(__name__)


def run(attempt_id: str) -> int:
    """Run one attempt; return the exit status (0: its end is recorded)."""
    logging.basicConfig(format="%(levelname)s %(name)s: %(message)s", force=True)
    attempt = Attempt.objects.select_related(
        "job__organisation", "job__submitted_by", "job__data_key"
    ).get(pk=attempt_id)
    try:
        endings.begin(attempt, os.getpid())
        _execute(attempt)
    except StaleAttemptError as error:
        _log.warning(error.detail)
        return EXIT_STALE
    return 0


def _execute(attempt: Attempt) -> None:
    reporter = Reporter(attempt, on_stale=lambda: os._exit(EXIT_STALE))
    reporter.start()
    try:
        context = JobContext(attempt, reporter)
        _stop_on_signal(context)
    except PlatformError as refusal:  # who submitted the job may no longer do so
        reporter.close()
        endings.fail(attempt, failure_of(refusal))
        return
    raised = _call(context, attempt)
    reporter.close()
    if raised is not None:
        _record(attempt, raised, stopping=context.stop_requested)
    elif context.stop_seen:
        endings.stopped(attempt)
    else:
        _succeed(attempt, context)


def _call(context: JobContext, attempt: Attempt) -> Exception | None:
    """Call the entry; return what it raised, except for the loss of the lease."""
    try:
        entry = import_string(get_kind(attempt.job.kind).entry.replace(":", "."))
        returned = entry(context)
        if returned is not None:
            context.set_result(returned)
    except StaleAttemptError:
        raise
    except Exception as error:  # noqa: BLE001  (the process's edge: every end is recorded)
        return error
    return None


def _stop_on_signal(context: JobContext) -> None:
    def on_signal(_number: int, _frame: FrameType | None) -> None:
        context.request_stop()

    signal.signal(signal.SIGTERM, on_signal)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the worker, which then asks


def _record(attempt: Attempt, error: Exception, *, stopping: bool) -> None:
    """Record an error: stopped as asked, failed for good, or to be tried again."""
    if stopping:
        endings.stopped(attempt)
        return
    _log.error("".join(traceback.format_exception(error)))
    if is_permanent(error):
        endings.fail(attempt, failure_of(error))
    else:
        endings.broken(attempt, Outcome.CRASHED, failure_of(error))


def is_permanent(error: Exception) -> bool:
    """Say whether trying again cannot help: a refusal with words, unless it says otherwise."""
    return error.permanent if isinstance(error, PlatformError) else isinstance(error, ValueError)


def failure_of(error: Exception) -> Failure:
    """Put an error into plain words."""
    if isinstance(error, PlatformError):
        return Failure(str(error.title), error.detail, error.remedy)
    if isinstance(error, ValueError):
        return Failure("The job refused its input", str(error)[:2000])
    return Failure(
        "The job broke off",
        f"{type(error).__name__}: {error}"[:2000],
        "The log shows where. Retry the job if the cause has passed.",
    )


def _succeed(attempt: Attempt, context: JobContext) -> None:
    endings.succeed(attempt, context.result)
    try:
        checkpoints.discard(attempt.job)
    except PlatformError as error:  # the scheduler sweeps what stays
        _log.warning("The checkpoint could not be deleted: %s", error.detail)
