"""Makes rows of the queue without any process."""

from datetime import timedelta

from django.utils import timezone

from platform_core.accounts.api import Actor
from platform_core.jobs import claims, place
from platform_core.jobs.kinds import kind_names
from platform_core.jobs.models import Attempt, Node
from tests.platform_core.jobs.processes import submit_test


def node(name: str = "", *, pid: int = 1, here: bool = False, slots: int = 4) -> Node:
    return Node.objects.create(
        name=name or place.host(),
        place=place.process_space() if here else "another machine",
        pid=pid,
        pid_started=place.started_at(pid),
        slots=slots,
    )


def held(actor: Actor, on: Node | None = None, kind: str = "count") -> Attempt:
    """Submit a job and let a worker take it."""
    submit_test(actor, kind)
    attempt = claims.claim(node=on or node(), kinds=kind_names())
    assert attempt is not None
    return attempt


def expire(attempt: Attempt) -> None:
    past = timezone.now() - timedelta(seconds=1)
    Attempt.objects.filter(pk=attempt.pk).update(lease_expires_at=past)
