"""The request log: batches encrypted under a key of their endpoint and day, read again, forgotten.

Runtimes write what they drew, the web writes labels that came in; whoever measures drift or quality reads.
"""

import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING

from django.db import IntegrityError, transaction
from django.db.models import F, Q, QuerySet
from django.utils import timezone

from platform_core.accounts.api import Actor
from platform_core.audit import api as audit
from platform_core.serving.models import Endpoint, LogBatch, LogDay
from platform_core.vault import api as vault

if TYPE_CHECKING:
    from platform_core.serving.protocol.records import Record

DEFAULT_DAYS, DEFAULT_ROWS = 30, 100_000
"""How long a logged request is kept, and how many rows a day, where the endpoint does not say."""
Kind = LogBatch.Kind


@dataclass(frozen=True)
class Body:
    """What one batch holds: `rows` predictions or labels, `dropped` requests that were not kept."""

    content: bytes
    rows: int
    first_at: datetime
    last_at: datetime
    dropped: int = 0


def append(*, endpoint: Endpoint, kind: str, body: Body) -> LogDay:
    """Encrypt a batch and add it to the endpoint's log of today; return the day."""
    day = _today(endpoint)
    path = f"{_folder(day)}{uuid.uuid4()}"
    with vault.open_writer(data_key=day.data_key, path=path, context=_context(day, kind)) as out:
        out.write(body.content)
    labels = body.rows if kind == Kind.LABELS else 0
    with transaction.atomic():
        LogBatch.objects.create(
            log_day=day,
            kind=kind,
            path=path,
            rows=body.rows,
            size_bytes=len(body.content),
            first_at=body.first_at,
            last_at=body.last_at,
        )
        LogDay.objects.filter(pk=day.pk).update(
            rows=F("rows") + body.rows - labels,
            labels=F("labels") + labels,
            dropped=F("dropped") + body.dropped,
        )
    day.refresh_from_db(fields=["rows", "labels", "dropped"])
    return day


def note_dropped(*, endpoint: Endpoint, dropped: int) -> int:
    """Count requests that were drawn and not kept; return the rows logged today."""
    day = _today(endpoint)
    LogDay.objects.filter(pk=day.pk).update(dropped=F("dropped") + dropped)
    return day.rows


def batches(
    *, endpoint: Endpoint, kind: str, since: datetime, until: datetime | None = None
) -> QuerySet[LogBatch]:
    """Return the batches that touch a span of time, oldest first."""
    rows = LogBatch.objects.filter(
        log_day__endpoint=endpoint, kind=kind, last_at__gte=since
    ).select_related("log_day__data_key")
    return rows if until is None else rows.filter(first_at__lte=until)


def read(batch: LogBatch) -> bytes:
    """Return what a batch holds, in the clear.

    Raises:
        DataKeyShreddedError: its day was forgotten.
        VaultError: altered or lost.
    """
    day = batch.log_day
    with vault.open_reader(
        data_key=day.data_key, path=batch.path, context=_context(day, batch.kind)
    ) as reader:
        return reader.read()


def records(
    *, endpoint: Endpoint, since: datetime, until: datetime | None = None
) -> "Iterator[Record]":
    """Yield the logged predictions of a span of time, oldest batch first; imports numpy."""
    from platform_core.serving.protocol import records as format_  # noqa: PLC0415  (numpy)

    from_s, to_s = since.timestamp(), until.timestamp() if until else float("inf")
    found = batches(endpoint=endpoint, kind=Kind.REQUESTS, since=since, until=until)
    for batch in found.iterator(chunk_size=100):
        for record in format_.unpack(read(batch)):
            if from_s <= record.at < to_s:
                yield record


def days(*, actor: Actor, endpoint: Endpoint) -> QuerySet[LogDay]:
    """Return what is kept of an endpoint's requests, newest day first."""
    actor.require("endpoint.view")
    return LogDay.objects.owned_by(actor.organisation).filter(endpoint=endpoint)


def forget(*, actor: Actor, endpoint: Endpoint, reason: str = "") -> int:
    """Shred the keys of everything logged of an endpoint; return how many days were forgotten.

    Args:
        actor: needs `endpoint.manage`.
        endpoint: of the actor's organisation.
        reason: for the audit log.
    """
    actor.require("endpoint.manage")
    found = list(LogDay.objects.owned_by(actor.organisation).filter(endpoint=endpoint))
    with transaction.atomic():
        for day in found:
            _shred(day, actor)
        if found:
            audit.record(
                actor=actor,
                action="endpoint.log.forget",
                target=f"endpoint:{endpoint.pk}",
                details={"days": len(found), "reason": " ".join(reason.split())[:500]},
            )
    _remove(found)
    return len(found)


def expire(today: date | None = None) -> int:
    """Forget every day nobody needs any more; run by the scheduler. Return how many."""
    over = Q(expires_on__lt=today or timezone.now().date())
    found = list(LogDay.objects.filter(over).select_related("data_key")[:1000])
    for day in found:
        with transaction.atomic():
            _shred(day, None)
    _remove(found)
    return len(found)


def _shred(day: LogDay, actor: Actor | None) -> None:
    vault.shred(data_key=day.data_key, actor=actor)


def _remove(found: list[LogDay]) -> None:
    """Remove what can no longer be read; a crash in between leaves only unreadable bytes."""
    for day in found:
        vault.delete_objects_below(_folder(day))
        LogDay.objects.filter(pk=day.pk).delete()


def _today(endpoint: Endpoint) -> LogDay:
    today = timezone.now().astimezone(UTC).date()
    rows = LogDay.objects.select_related("data_key")
    found = rows.filter(endpoint=endpoint, day=today).first()
    return found or _new_day(endpoint, today)


def _new_day(endpoint: Endpoint, today: date) -> LogDay:
    kept = timedelta(days=int(endpoint.options.get("log_days") or DEFAULT_DAYS))
    try:
        with transaction.atomic():
            key = vault.create_data_key(organisation=endpoint.organisation, purpose="request log")
            return LogDay.objects.create(
                organisation=endpoint.organisation,
                endpoint=endpoint,
                day=today,
                data_key=key,
                expires_on=today + kept,
            )
    except IntegrityError:  # another runtime was first
        return LogDay.objects.select_related("data_key").get(endpoint=endpoint, day=today)


def _folder(day: LogDay) -> str:
    return f"{day.organisation_id}/request-log/{day.pk}/"


def _context(day: LogDay, kind: str) -> dict[str, str]:
    return {"log_day": str(day.pk), "kind": kind}
