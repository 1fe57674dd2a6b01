"""The queue as those who wait in it see it: read once, for one card or for a page of them."""

import uuid
from dataclasses import dataclass
from functools import cached_property

from django.db.models import Count

from platform_core.jobs import selectors
from platform_core.jobs.models import Device, Job
from platform_core.jobs.policy import POLICY
from platform_core.jobs.states import JobState


@dataclass
class WaitingRoom:
    """What an organisation's queued jobs wait for; each fact is read when first asked for, and once.

    Attributes:
        organisation_id: whose jobs.
    """

    organisation_id: uuid.UUID

    @cached_property
    def has_worker(self) -> bool:
        """True when a worker was heard of lately."""
        return selectors.live_nodes().exists()

    @cached_property
    def most_devices(self) -> int:
        """How many GPUs the best-equipped machine has, busy or not."""
        hosts = Device.objects.order_by().values("host").annotate(gpus=Count("uid"))
        return max(hosts.values_list("gpus", flat=True), default=0)

    @cached_property
    def _places(self) -> dict[uuid.UUID, int]:
        waiting = Job.objects.filter(
            organisation_id=self.organisation_id, state=JobState.QUEUED
        ).order_by("-priority", "created_at", "id")
        first = waiting.values_list("pk", flat=True)[: POLICY.queued_per_organisation]
        return {pk: place for place, pk in enumerate(first, 1)}

    def place(self, job: Job) -> int | None:
        """Return 1 for the organisation's next job, or None for a job that does not wait.

        Between organisations the queue is shared fairly, so that a place among all would mean little.
        """
        return self._places.get(job.pk)
