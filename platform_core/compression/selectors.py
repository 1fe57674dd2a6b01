"""Reads of the compression part."""

from uuid import UUID

from django.db.models import QuerySet

from platform_core.accounts.api import Actor
from platform_core.compression.errors import CompressionNotFoundError
from platform_core.compression.models import Compression
from platform_core.jobs import api as jobs


def compressions(*, actor: Actor) -> QuerySet[Compression]:
    """Return the organisation's compressions, newest first."""
    actor.require("model.view")
    rows = Compression.objects.owned_by(actor.organisation)
    return rows.select_related("version__model", "requested_by")


def get_compression(*, actor: Actor, compression_id: UUID) -> Compression:
    """Return one.

    Raises:
        CompressionNotFoundError: none of that id in the organisation.
    """
    row = compressions(actor=actor).filter(pk=compression_id).first()
    if row is None:
        raise CompressionNotFoundError("Your organisation has no such compression.")
    return row


def job_of(row: Compression) -> jobs.Job | None:
    """Return the job that carries it out; None once the queue has forgotten it."""
    rows = jobs.Job.objects.filter(organisation=row.organisation)
    return rows.filter(pk=row.job_id).first() if row.job_id else None
