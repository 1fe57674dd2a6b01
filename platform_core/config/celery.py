"""The Celery app. It only carries wake-ups of workers: the database rows are the truth of jobs.

`PENTAQUARK_BROKER_URL`: `filesystem://` (default, in the home folder), `redis://host:6379/0` or
`amqp://user:password@host:5672/vhost`; `?queue=name` lets two installations share one server.
"""

from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit, urlunsplit

from celery import Celery
from django.conf import settings
from kombu.entity import Queue

_SAFE = "platform_core.config.broker:Transport"
DEFAULT_QUEUE = "pentaquark-jobs"


def split_queue(url: str) -> tuple[str, str]:
    """Return the address without its `queue` parameter, and the queue's name."""
    parts = urlsplit(url)
    query = parse_qs(parts.query)
    queue = query.pop("queue", [DEFAULT_QUEUE])[0]
    bare = urlunsplit(parts._replace(query=urlencode(query, doseq=True)))
    return ("filesystem://localhost//" if parts.scheme == "filesystem" else bare), queue


def transport_options(url: str, home: Path) -> dict[str, Any]:
    """Return what the transport needs beside its address; makes the filesystem broker's folders."""
    scheme = urlsplit(url).scheme
    if scheme == "filesystem":
        root = home / "broker"
        for folder in (root, root / "messages", root / "control"):
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        return {
            "data_folder_in": str(root / "messages"),
            "data_folder_out": str(root / "messages"),
            "control_folder": str(root / "control"),
            "polling_interval": 0.05,  # the default of one second is felt by a person
        }
    if scheme.startswith("redis"):
        return {"socket_connect_timeout": 2, "socket_timeout": 5, "polling_interval": 0.5}
    return {}


def queue_of(name: str) -> Queue:
    """Return the queue; RabbitMQ forgets unread wake-ups after a minute, an unused queue in a day."""
    return Queue(name, message_ttl=60, expires=86_400, max_length=1000)  # type: ignore[no-untyped-call]


def make_app(broker_url: str, home: Path) -> Celery:
    """Return a Celery app for a broker.

    Args:
        broker_url: as in the environment.
        home: folder of the filesystem broker.
    """
    url, queue = split_queue(broker_url)
    celery = Celery("pentaquark", fixups=[])  # the Django fixup would run all system checks
    celery.conf.update(
        broker_url=url,
        broker_transport=_SAFE if url.startswith("filesystem:") else None,
        broker_transport_options=transport_options(url, home),
        broker_connection_timeout=2,
        broker_connection_retry_on_startup=True,
        broker_connection_max_retries=None,
        task_default_queue=queue,
        task_queues=[queue_of(queue)],
        task_ignore_result=True,
        task_acks_late=False,
        worker_prefetch_multiplier=1,
        worker_hijack_root_logger=False,
        worker_redirect_stdouts=False,
        worker_enable_remote_control=False,
        accept_content=["json"],
    )
    return celery


app = make_app(settings.BROKER_URL, settings.HOME)
