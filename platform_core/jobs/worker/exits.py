"""Why a job's process ended, in plain words."""

import signal

from platform_core.jobs.endings import Failure

_SIGNALS = {
    signal.SIGKILL: (
        "The operating system killed the job's process (signal 9); most often memory ran out.",
        "Use less memory (a smaller batch or model, fewer columns), or a worker with more.",
    ),
    signal.SIGSEGV: (
        "Native code crashed the job's process (segmentation fault).",
        "The log shows what ran last; a driver or a library of the job is at fault.",
    ),
    signal.SIGBUS: (
        "Native code crashed the job's process (bus error); shared memory may be full.",
        "Give the worker more shared memory (/dev/shm) or fewer loader processes.",
    ),
    signal.SIGABRT: (
        "Native code gave up (abort).",
        "The log shows the check that failed.",
    ),
    signal.SIGTERM: (
        "Something outside the platform terminated the job's process.",
        "Retry the job; look for what stops processes on that machine.",
    ),
}


def describe(status: int) -> Failure:
    """Describe an exit status as `Popen.returncode` gives it: negative for a signal."""
    title = "The job's process broke off"
    if status >= 0:
        return Failure(
            title,
            f"The job's process ended with status {status} before it reported a result.",
            "The log shows what it did last.",
        )
    known = {int(number): words for number, words in _SIGNALS.items()}
    detail, remedy = known.get(
        -status, (f"Signal {-status} ended the job's process.", "The log shows what it did last.")
    )
    return Failure(title, detail, remedy)


def over_memory(limit_bytes: int) -> Failure:
    """Describe a job the worker killed for its memory."""
    return Failure(
        "The job used too much memory",
        f"The job's processes used more than the {limit_bytes // 2**20:,} MiB each job may use.",
        "Use less memory, or start the worker with a higher --memory-mb.",
    )
