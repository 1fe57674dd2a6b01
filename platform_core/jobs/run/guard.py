"""No process of a job outlives its worker, however either of them dies."""

import ctypes
import os
import signal
import sys
from typing import NoReturn

_PR_SET_PDEATHSIG = 1


def start(lifeline: int) -> None:
    """Tie this process group to the worker that holds the other end of `lifeline`.

    A forked watcher kills the whole group when the worker's end closes, so grandchildren and native
    code that holds the interpreter are reached too; on Linux the kernel kills this process as well.
    Call it before anything is loaded: the watcher stays as small as the process is now.
    """
    die_with_parent()
    if os.fork() == 0:
        _watch(lifeline)
    os.close(lifeline)


def die_with_parent() -> None:
    """On Linux, have the kernel kill this process when the one that started it is gone."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)


def _watch(lifeline: int) -> NoReturn:
    signal.signal(signal.SIGTERM, signal.SIG_IGN)  # a polite stop is for the job, not for its guard
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    nowhere = os.open(os.devnull, os.O_RDWR)
    for stream in (0, 1, 2):
        os.dup2(nowhere, stream)  # the worker reads the job's output until its last writer closes
    os.read(lifeline, 1)  # nobody ever writes: this returns when the worker's end is closed
    os.killpg(os.getpgrp(), signal.SIGKILL)
    os._exit(0)
