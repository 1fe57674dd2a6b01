"""What people and programs do with the request log: switch it, label it, make it a data set."""

import json
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from django.utils import timezone

from platform_core.accounts.api import Actor
from platform_core.audit import api as audit
from platform_core.errors import InvalidInputError
from platform_core.jobs import api as jobs
from platform_core.monitoring.errors import LabelsInvalidError, NothingLoggedError
from platform_core.monitoring.models import DriftReference, Watch
from platform_core.monitoring.params import MAX_ID_CHARS, MAX_LABEL_CHARS, MAX_LABELS
from platform_core.serving import api as serving

MEASURE, MAKE_DATASET = "monitoring.measure", "monitoring.make_dataset"
Kind = serving.LogBatch.Kind


def add_labels(
    *, actor: Actor, endpoint: serving.Endpoint, labels: Sequence[Mapping[str, Any]]
) -> int:
    """Keep true values of answers, encrypted, to be joined with the request log; return how many.

    Args:
        actor: needs `event.write`.
        endpoint: of the actor's organisation.
        labels: `{"id", "label", "row"?}` each: the id of the answer, the truth (number, truth value or text)
            and, where a request held several rows, which one. The latest label of an answer counts.

    Raises:
        LabelsInvalidError: names the place.
    """
    actor.require("event.write")
    if not 0 < len(labels) <= MAX_LABELS:
        raise LabelsInvalidError(f"Send 1 to {MAX_LABELS:,} labels at once.", field="labels")
    lines = [_label(number, label) for number, label in enumerate(labels)]
    now = timezone.now()
    content = json.dumps(lines, allow_nan=False, separators=(",", ":")).encode()
    body = serving.LogBody(content, len(lines), now, now)
    serving.request_log.append(endpoint=endpoint, kind=Kind.LABELS, body=body)
    audit.record(
        actor=actor,
        action="endpoint.labels",
        target=f"endpoint:{endpoint.pk}",
        details={"name": endpoint.name, "labels": len(lines)},
    )
    return len(lines)


def _label(number: int, label: Mapping[str, Any]) -> list[Any]:
    """Return [id, row, label] of one label."""
    place = f"labels[{number}]"
    key, row, value = label.get("id"), label.get("row", 0), label.get("label")
    if not isinstance(key, str) or not 0 < len(key) <= MAX_ID_CHARS:
        raise LabelsInvalidError(
            f"{place}: `id` is the id the answer carried.",
            remedy="Send requests with an id of your own, or keep the one in the answer.",
            field=place,
        )
    if type(row) is not int or row < 0:
        raise LabelsInvalidError(f"{place}: `row` is a whole number of 0 or more.", field=place)
    is_value = isinstance(value, bool | int | float | str) and value == value
    if not is_value or (isinstance(value, str) and len(value) > MAX_LABEL_CHARS):
        raise LabelsInvalidError(
            f"{place}: `label` is a number, a truth value or a text of up to {MAX_LABEL_CHARS} "
            "characters.",
            field=place,
        )
    if isinstance(value, float | int) and abs(value) > 1e300:
        raise LabelsInvalidError(f"{place}: `label` is too large.", field=place)
    return [key, row, value]


def set_logging(
    *, actor: Actor, endpoint: serving.Endpoint, rate: float, max_rows: int = 0, days: int = 0
) -> serving.Endpoint:
    """Say which part of the requests is logged, how many rows a day at most, and for how many days.

    Args:
        actor: needs `endpoint.manage`.
        endpoint: of the actor's organisation.
        rate: from 0, which keeps none, to 1.
        max_rows: 0 is 100,000.
        days: 0 is 30; for what is logged from now on.

    Raises:
        EndpointInvalidError: out of range.
    """
    options = {"log_rate": rate, "log_max_rows": max_rows, "log_days": days}
    return serving.set_options(actor=actor, endpoint=endpoint, options=options)


def forget_log(*, actor: Actor, endpoint: serving.Endpoint, reason: str = "") -> int:
    """Destroy everything logged of an endpoint and the references made of it; return the days."""
    actor.require("endpoint.manage")
    DriftReference.objects.filter(endpoint=endpoint, source=DriftReference.Source.LOG).delete()
    return serving.request_log.forget(actor=actor, endpoint=endpoint, reason=reason)


def renew_reference(*, actor: Actor, endpoint: serving.Endpoint, version: int) -> None:
    """Forget what a version is compared with; the next measuring takes the latest rows for it."""
    actor.require("endpoint.manage")
    DriftReference.objects.filter(endpoint=endpoint, version=version).delete()
    audit.record(
        actor=actor,
        action="endpoint.drift.reference",
        target=f"endpoint:{endpoint.pk}",
        details={"name": endpoint.name, "version": version},
    )


def request_measuring(*, actor: Actor, endpoint: serving.Endpoint) -> jobs.Job:
    """Queue the measuring of drift and quality; the scheduler does so by itself every quarter of an hour."""
    params = {"endpoint": str(endpoint.pk)}
    job = jobs.submit(actor=actor, kind=MEASURE, params=params, subject=endpoint.name)
    Watch.objects.update_or_create(endpoint=endpoint, defaults={"measured_at": timezone.now()})
    return job


def request_dataset(
    *,
    actor: Actor,
    endpoint: serving.Endpoint,
    name: str,
    since: datetime | None = None,
    until: datetime | None = None,
) -> jobs.Job:
    """Queue the making of a data set of what was logged: inputs, outputs, labels, version, time.

    Args:
        actor: needs `dataset.upload` and `endpoint.manage`: the data set shows what callers sent.
        endpoint: of the actor's organisation.
        name: of the data set.
        since: of the span; the last 30 days when left out.
        until: its end; now when left out.

    Raises:
        NothingLoggedError: nothing was logged in that span.
        InvalidInputError: the name or the span cannot be.
    """
    actor.require("endpoint.manage")
    actor.require("dataset.upload")
    until = until or timezone.now()
    since = since or until - timedelta(days=30)
    if not 0 < len(name.strip()) <= 120:
        raise InvalidInputError("A data set has a name of 1 to 120 characters.", field="name")
    if since >= until:
        raise InvalidInputError("The span ends before it begins.", field="until")
    found = serving.request_log.batches(
        endpoint=endpoint, kind=Kind.REQUESTS, since=since, until=until
    )
    if not found.exists():
        raise NothingLoggedError(
            f"Nothing was logged of “{endpoint.name}” in that time.",
            remedy="Set a part of the requests to be logged, and wait for some.",
        )
    params = {
        "endpoint": str(endpoint.pk),
        "name": name.strip(),
        "since": since.isoformat(),
        "until": until.isoformat(),
    }
    return jobs.submit(actor=actor, kind=MAKE_DATASET, params=params, subject=endpoint.name)
