"""Puts a worker together."""

import logging
import os
import threading

import structlog

from platform_core.jobs import place
from platform_core.jobs.models import Node
from platform_core.jobs.policy import POLICY
from platform_core.jobs.worker import devices
from platform_core.jobs.worker.listener import WakeListener
from platform_core.jobs.worker.supervisor import Supervisor

_log = structlog.get_logger(__name__)


def work(*, slots: int, memory_bytes: int = 0, poll_s: float = POLICY.poll_s) -> None:
    """Register this worker and work until asked to stop.

    Args:
        slots: jobs at a time.
        memory_bytes: what one job may use; 0 for no limit.
        poll_s: how often to look at the queue without being woken.
    """
    for chatty in ("celery", "kombu", "amqp"):
        logging.getLogger(chatty).setLevel(logging.WARNING)  # a line per wake-up says nothing
    gpus = devices.register()
    node = Node.objects.create(
        name=place.host(),
        place=place.process_space(),
        pid=os.getpid(),
        pid_started=place.own_start(),
        slots=slots,
    )
    wake = threading.Event()
    wake.set()
    listener = WakeListener(wake)
    listener.start()
    _log.info("worker_ready", node=str(node.pk), slots=slots, gpus=gpus)
    Supervisor(node, wake, memory_bytes, poll_s).run()
    listener.close()
    _log.info("worker_stopped", node=str(node.pk))
