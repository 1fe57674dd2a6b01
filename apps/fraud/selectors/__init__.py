"""Reads of the fraud application, always of the asker's own organisation."""

from apps.fraud.selectors.decisions import (
    batches,
    decisions,
    get_batch,
    get_decision,
    labels,
    of_event,
)
from apps.fraud.selectors.detectors import (
    APPLICATION,
    champion_metrics,
    dataset_choices,
    detectors,
    get_detector,
    latest_job,
    versions,
)

__all__ = [
    "APPLICATION",
    "batches",
    "champion_metrics",
    "dataset_choices",
    "decisions",
    "detectors",
    "get_batch",
    "get_decision",
    "get_detector",
    "labels",
    "latest_job",
    "of_event",
    "versions",
]
