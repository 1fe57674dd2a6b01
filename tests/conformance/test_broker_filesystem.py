"""The filesystem broker delivers every message once, whole, to one of many processes."""

import multiprocessing
import os
import uuid
from pathlib import Path

from celery import Celery

from platform_core.config.celery import make_app

URL = "filesystem://"


def _send(task: tuple[str, int]) -> None:
    app = make_app(URL, Path(task[0]))
    for number in range(task[1]):
        app.send_task("jobs.wake", args=[f"{os.getpid()}-{number}", "x" * 20_000])


def _receive(home: str) -> list[str]:
    app = make_app(URL, Path(home))
    found = []
    with app.connection_for_read() as connection:
        queue = connection.SimpleQueue(app.conf.task_queues[0])
        while True:
            try:
                message = queue.get(timeout=2)
            except queue.Empty:
                return found
            found.append(message.payload[0][0])
            message.ack()


def test_messages_are_whole_and_delivered_once(tmp_path: Path) -> None:
    with multiprocessing.get_context("spawn").Pool(3) as pool:
        sending = pool.map_async(_send, [(str(tmp_path), 100)])
        received = pool.map(_receive, [str(tmp_path)] * 2)
        sending.get()
    every = [name for names in received for name in names]
    assert len(every) == len(set(every)) == 100
    assert list((tmp_path / "broker" / "messages").iterdir()) == []


def test_the_default_app_uses_the_safe_transport(tmp_path: Path) -> None:
    app: Celery = make_app(URL, tmp_path / uuid.uuid4().hex)
    with app.connection_for_write() as connection:
        assert connection.transport.__class__.__module__ == "platform_core.config.broker"
