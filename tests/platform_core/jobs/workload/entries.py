"""What the test kinds do."""

import ctypes
import subprocess
import sys
import time

from platform_core.errors import InvalidInputError
from platform_core.jobs.api import JobContext, JobStoppedError


def echo(context: JobContext) -> dict[str, object]:
    context.log(f"hello from attempt {context.attempt_number}")
    context.update(0.5, "half way")
    context.metric("loss", 0.25, 1)
    context.metric("hr@10", 0.7)
    return {"echo": context.params, "who": context.actor.label}


def count(context: JobContext) -> dict[str, object]:
    """Count to `steps`, saving each step; `started_at` tells where this attempt began."""
    state = context.load_checkpoint()
    begin = int(state) if state else 0
    steps = context.params["steps"]
    for step in range(begin, steps):
        if context.should_stop():
            raise JobStoppedError
        time.sleep(context.params.get("pause_s", 0.1))
        context.save_checkpoint(str(step + 1).encode())
        context.metric("loss", 1.0 / (step + 1), step)
        context.update((step + 1) / steps, f"step {step + 1}")
    with context.fenced():
        return {"started_at": begin, "ended_at": steps, "attempt": context.attempt_number}


def refuse(context: JobContext) -> None:
    raise InvalidInputError("Column “rating” is text.", remedy="Choose a numeric column.")


def crash(context: JobContext) -> dict[str, object]:
    """Fail until the attempt named by `until`."""
    if context.attempt_number < context.params.get("until", 99):
        raise RuntimeError("the network went away; password=hunter2hunter2 was used")
    return {"attempt": context.attempt_number}


def segfault(context: JobContext) -> None:
    ctypes.string_at(0)


def stubborn(context: JobContext) -> None:
    """Never looks whether it shall stop."""
    while True:
        time.sleep(0.2)


def forgetful(context: JobContext) -> None:
    """Looks, stops, and returns rather than raising."""
    while not context.should_stop():
        time.sleep(0.05)


def noisy(context: JobContext) -> None:
    context.log("x" * 100_000)
    context.log("bearer " + "abcdefghijklmnopqrst")
    sys.stdout.write("".join(f"line {number}\n" for number in range(context.params["lines"])))


def grandchild(context: JobContext) -> None:
    """Starts a process of its own and waits for ever."""
    process = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
    context.log(f"grandchild={process.pid}")
    context.update(0.1, str(process.pid))
    while True:
        time.sleep(0.2)
