"""The life of `up` and `demo`: check, prepare, start, fill, tend, stop."""

import signal
import time
from collections.abc import Callable
from pathlib import Path
from types import FrameType
from typing import NoReturn

from django.conf import settings
from django.utils import timezone

from platform_core.config.supervisor import platform, preflight, preparation
from platform_core.config.supervisor.display import Display
from platform_core.config.supervisor.platform import PlatformOptions
from platform_core.config.supervisor.processes import Supervisor
from platform_core.jobs import api as jobs

START_TIMEOUT_S = 60.0
TEND_EVERY_S = 1.0


class _StopRequestedError(Exception):
    """A signal asked for the end."""


def run(
    options: PlatformOptions,
    display: Display,
    *,
    fill: Callable[[Display], None] | None = None,
    reset: bool = False,
    exit_when_ready: bool = False,
) -> None:
    """Run the platform until a signal or, with `exit_when_ready`, until all is prepared.

    Args:
        options: where to listen.
        display: where to tell the person what happens.
        fill: called once all processes answer; makes the demo's content.
        reset: delete what an earlier run left first.
        exit_when_ready: stop after `fill`.

    Raises:
        PreflightError, ProcessStartError: with one sentence that says what to do.
    """
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, _request_stop)
    home: Path = settings.HOME
    preflight.check(home=home, host=options.host, ports=options.ports)
    with preparation.lock(home):
        if reset:
            preparation.reset(home)
        supervisor = Supervisor(
            manage=settings.PROJECT / "manage.py",
            logs=home / "logs",
            environment=platform.environment(options, home),
            report=display.warn,
        )
        try:
            _start(options, supervisor, display, home)
            if fill is not None:
                fill(display)
            display.ready(options)
            while not exit_when_ready:
                supervisor.tend()
                time.sleep(TEND_EVERY_S)
        except _StopRequestedError:
            display.step("Stopping")
        finally:
            for number in (signal.SIGINT, signal.SIGTERM):
                signal.signal(number, signal.SIG_IGN)  # one stop is enough; it is bounded in time
            supervisor.stop()
            display.close()


def _start(options: PlatformOptions, supervisor: Supervisor, display: Display, home: Path) -> None:
    display.step("Preparing the database and keys")
    preparation.prepare(home)
    display.step("Starting web, runtime, worker and scheduler")
    started_at = timezone.now()
    workers = jobs.Node.objects.filter(started_at__gte=started_at)
    for spec in platform.specs(options, worker_has_reported=workers.exists):
        supervisor.start(spec)
    supervisor.wait_ready(timeout_s=START_TIMEOUT_S)


def _request_stop(number: int, frame: FrameType | None) -> NoReturn:
    raise _StopRequestedError
