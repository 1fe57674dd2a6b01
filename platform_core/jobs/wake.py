"""Wakes workers: a Celery message that says "look at the queue" and nothing else.

Losing, repeating or delaying the message is harmless: the rows are the truth, workers also look on
their own, and the scheduler wakes again.
"""

from typing import TYPE_CHECKING

import structlog
from django.utils.module_loading import import_string

if TYPE_CHECKING:
    from celery import Celery

WAKE_TASK = "jobs.wake"
_log = structlog.get_logger(__name__)
_app_path = ""


def use_queue_app(path: str) -> None:
    """Name the Celery app (`pkg.module.app`); imported when first needed."""
    global _app_path  # noqa: PLW0603  (set once by the composition root)
    _app_path = path


def queue_app() -> "Celery":
    """Return the Celery app."""
    app: Celery = import_string(_app_path)
    return app


def send() -> None:
    """Wake one worker; a broker that does not answer delays the job by seconds, no more."""
    from kombu.exceptions import OperationalError  # noqa: PLC0415  (Celery only where used)

    try:
        queue_app().send_task(WAKE_TASK, ignore_result=True, expires=60, retry=False)
    except (OperationalError, OSError) as error:
        _log.warning("wake_not_sent", error=str(error))
