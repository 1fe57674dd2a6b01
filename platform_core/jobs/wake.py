"""Wakes workers: a Celery message that says "look at the queue" and nothing else.

Losing, repeating or delaying the message is harmless: the rows are the truth, workers also look on
their own, and the scheduler wakes again.
"""

import time
from typing import TYPE_CHECKING

import structlog
from django.utils.module_loading import import_string

if TYPE_CHECKING:
    from celery import Celery

WAKE_TASK = "jobs.wake"
_log = structlog.get_logger(__name__)
_app_path = ""
_PAUSE_S = 10.0
_silent_until = 0.0


def use_queue_app(path: str) -> None:
    """Name the Celery app (`pkg.module.app`); imported when first needed."""
    global _app_path  # noqa: PLW0603  (set once by the composition root)
    _app_path = path


def queue_app() -> "Celery":
    """Return the Celery app."""
    app: Celery = import_string(_app_path)
    return app


def send() -> None:
    """Wake one worker; a broker that does not answer delays the job by seconds, no more.

    After a failure nothing is sent for ten seconds: every try costs its caller, often a page, two.
    """
    global _silent_until  # noqa: PLW0603  (one per process, like the connection)
    from amqp.exceptions import (  # type: ignore[import-untyped]  # noqa: PLC0415  (only where used)
        AMQPError,
    )
    from kombu.exceptions import KombuError  # noqa: PLC0415

    if time.monotonic() < _silent_until:
        return
    try:
        queue_app().send_task(WAKE_TASK, ignore_result=True, expires=60, retry=False)
    except (KombuError, AMQPError, OSError) as error:
        _silent_until = time.monotonic() + _PAUSE_S
        _log.warning("wake_not_sent", error=str(error))
