"""A worker takes the next job: highest priority, then the organisation that runs fewest, then the oldest."""

from collections.abc import Collection
from datetime import timedelta

from django.db import transaction
from django.db.models import Count, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce, Now
from django.utils import timezone

from platform_core.jobs.models import Attempt, Device, Job, Node
from platform_core.jobs.policy import POLICY
from platform_core.jobs.states import HELD, JobState


def runnable(*, kinds: Collection[str], devices: int) -> QuerySet[Job]:
    """Return the waiting jobs that a worker with so many free devices could run, best first.

    Of one priority, an organisation with fewer jobs under way comes first: a hundred jobs of one do not
    keep another's from its turn.
    """
    waiting = Job.objects.filter(
        state=JobState.QUEUED, runnable_at__lte=timezone.now(), kind__in=kinds, devices__lte=devices
    )
    theirs = Job.objects.filter(organisation=OuterRef("organisation"), state__in=HELD)
    under_way = theirs.order_by().values("organisation").annotate(count=Count("pk")).values("count")
    fairly = waiting.alias(under_way=Coalesce(Subquery(under_way), 0))
    return fairly.order_by("-priority", "under_way", "created_at", "id")


def free_devices(host: str) -> QuerySet[Device]:
    """Return the machine's devices that no attempt holds."""
    return Device.objects.filter(host=host, attempt=None).order_by("index")


def claim(*, node: Node, kinds: Collection[str]) -> Attempt | None:
    """Take the best job this node can run, or None.

    PostgreSQL: the row is locked and rows that others lock are skipped, so two claimers never wait
    for each other or take the same job. SQLite: the transaction is immediate, so claimers queue up.
    """
    free = free_devices(node.name).count()
    if not runnable(kinds=kinds, devices=free).exists():
        return None  # without opening a write transaction: SQLite has one writer
    with transaction.atomic():
        devices = list(free_devices(node.name).select_for_update(skip_locked=True))
        job = (
            runnable(kinds=kinds, devices=len(devices))
            .select_for_update(skip_locked=True, of=("self",))
            .first()
        )
        return _lease(job, node, devices[: job.devices]) if job else None


def _lease(job: Job, node: Node, devices: list[Device]) -> Attempt:
    job.fence += 1
    job.state = JobState.LEASED
    job.started_at = job.started_at or timezone.now()
    job.message = ""
    job.save(update_fields=["fence", "state", "started_at", "message"])
    attempt = Attempt.objects.create(
        job=job,
        number=job.attempts.count() + 1,
        token=job.fence,
        node=node,
        node_name=node.name,
        lease_expires_at=Now() + timedelta(seconds=POLICY.lease_s),
    )
    Device.objects.filter(pk__in=[device.pk for device in devices]).update(attempt=attempt)
    return attempt


def renew(*, node: Node, attempts: Collection[Attempt]) -> list[Attempt]:
    """Renew the node's leases by the database's clock; return the attempts that were lost."""
    ids = [attempt.pk for attempt in attempts]
    until = Now() + timedelta(seconds=POLICY.lease_s)
    Node.objects.filter(pk=node.pk).update(seen_at=Now(), busy=len(ids), stopping=node.stopping)
    if not ids:
        return []
    live = Attempt.objects.filter(pk__in=ids, ended_at=None)
    if live.update(lease_expires_at=until) == len(ids):
        return []
    kept = set(live.values_list("pk", flat=True))
    return [attempt for attempt in attempts if attempt.pk not in kept]
