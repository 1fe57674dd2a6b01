"""Quality of logged answers by the labels that came for them."""

import json
from collections import defaultdict
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
from django.utils import timezone

from ml.monitoring import quality
from platform_core.monitoring.models import QualityPoint
from platform_core.serving import api as serving

MAX_LABELS = 500_000
_HOUR_S = 3600
Labels = dict[tuple[str, int], Any]
Kind = serving.LogBatch.Kind


def measure(endpoint: serving.Endpoint) -> int:
    """Join labels and answers, hour by hour and version by version; return the points written."""
    labels = labels_of(endpoint)
    if not labels:
        return 0
    groups: dict[tuple[int, int], tuple[list[Any], list[Any]]] = defaultdict(lambda: ([], []))
    for record in serving.request_log.records(endpoint=endpoint, since=_beginning()):
        hour = int(record.at // _HOUR_S)
        for row in range(record.rows):
            truth = labels.get((record.id, row))
            if truth is not None:
                answers, truths = groups[record.version, hour]
                answers.append(answer_of(record.outputs, row, record.rows))
                truths.append(truth)
    points = [
        _point(endpoint, version, hour, quality.measure(answers, truths))
        for (version, hour), (answers, truths) in groups.items()
    ]
    QualityPoint.objects.bulk_create(
        points,
        update_conflicts=True,
        unique_fields=["endpoint", "version", "start"],
        update_fields=["metric", "value", "labels", "mean", "variance"],
    )
    return len(points)


def labels_of(endpoint: serving.Endpoint) -> Labels:
    """Return (request id, row) -> the latest label that is kept of it."""
    found: Labels = {}
    batches = serving.request_log.batches(endpoint=endpoint, kind=Kind.LABELS, since=_beginning())
    for batch in batches.iterator(chunk_size=100):
        for key, row, value in json.loads(serving.request_log.read(batch)):
            found.pop((key, row), None)
            found[key, row] = value
        while len(found) > MAX_LABELS:
            found.pop(next(iter(found)))
    return found


def answer_of(outputs: Any, row: int, rows: int) -> Any:
    """Return what a label is compared with: the row's scores or number, of the first such output."""
    name = next((n for n in ("probabilities", "scores", "score") if n in outputs), None)
    array = outputs[name or next(iter(outputs))]
    one = array[row] if array.ndim and len(array) == rows else array
    if np.ndim(one) and one.size == 1:
        one = one.reshape(-1)[0]
    if isinstance(one, bytes):
        return one.decode("utf-8", "replace")
    return one if isinstance(one, str) or np.ndim(one) else float(one)


def _point(
    endpoint: serving.Endpoint, version: int, hour: int, found: quality.Measured
) -> QualityPoint:
    return QualityPoint(
        endpoint=endpoint,
        version=version,
        start=datetime.fromtimestamp(hour * _HOUR_S, UTC),
        metric=found.metric,
        value=found.value,
        labels=found.labels,
        mean=found.mean,
        variance=found.variance,
    )


def _beginning() -> datetime:
    return timezone.now() - timedelta(days=3650)  # what was logged longer ago has been destroyed
