"""Fills the demo with simulated payments: a history, a detector, and payments that keep coming."""

import datetime as dt
import io
import time
import uuid
from collections.abc import Callable
from pathlib import Path

from apps.fraud import selectors
from apps.fraud.demo import streaming
from apps.fraud.engine import simulating
from apps.fraud.errors import DemoFailedError, DetectorNotFoundError
from apps.fraud.models import Detector
from apps.fraud.services import lifecycle
from platform_core.accounts.api import Actor
from platform_core.datasets import api as datasets
from platform_core.jobs import api as jobs

Report = Callable[[str, float | None], None]
DATASET, DETECTOR = "demo-payments", "payments"
_BEFORE = dt.timedelta(days=31)
_POLL_S = 0.3


def seed(*, actor: Actor, data_dir: Path | None, train: bool, stays: bool, report: Report) -> None:
    """Load the history, train the detector, and let payments come; what an earlier start made is kept.

    Args:
        actor: who owns the result.
        data_dir: the person's own files are for other applications: with them, nothing is made here.
        train: False loads the data only.
        stays: False if the platform stops once all is prepared: then no payments come.
        report: called with a sentence and a fraction done.

    Raises:
        DemoFailedError: with what to do.
    """
    if data_dir is not None:
        return
    start = began(actor)
    detector = _existing(actor)
    if detector is None:
        _load(actor, start, report)
        if not train:
            return
        detector = lifecycle.create_detector(actor=actor, spec=_spec())
    if not train:
        return
    if detector.serving_version is None:
        words = f"Training the detector “{DETECTOR}”"
        _wait_for_job(actor, detector.job_id, words, report)
    report(f"Warming “{DETECTOR}” up in the runtime", None)
    streaming.wait_until_served(actor, DETECTOR, start)
    if stays:
        streaming.begin(actor, DETECTOR, start)


def began(actor: Actor) -> dt.datetime:
    """Return when the simulated history begins: the same at each start of one demo."""
    made = actor.organisation.created_at.astimezone(dt.UTC)
    return made.replace(hour=0, minute=0, second=0, microsecond=0) - _BEFORE


def _existing(actor: Actor) -> Detector | None:
    try:
        return selectors.get_detector(actor=actor, name=DETECTOR)
    except DetectorNotFoundError:
        return None


def _spec() -> lifecycle.DetectorSpec:
    return lifecycle.DetectorSpec(
        name=DETECTOR,
        dataset=DATASET,
        columns=simulating.COLUMNS,
        entities=simulating.ENTITIES,
        label_delay_days=2.0,
        params={"model": "xgboost", "trees": 120, "depth": 5},
    )


def _load(actor: Actor, start: dt.datetime, report: Report) -> None:
    words = f"Encrypting and profiling {DATASET}"
    report(words, 0.0)
    found = datasets.datasets(actor=actor).filter(name=DATASET).exclude(state="rejected").first()
    if found is None:
        history = io.BytesIO(simulating.history(start))
        upload = datasets.upload_bytes(actor=actor, filename="payments.parquet", stream=history)
        found = datasets.create_dataset(actor=actor, name=DATASET, uploads=[upload])
    _wait_for_job(actor, found.job_id, words, report)


def _wait_for_job(actor: Actor, job_id: uuid.UUID | None, words: str, report: Report) -> None:
    """Wait for a job, showing its progress.

    Raises:
        DemoFailedError: it failed or was cancelled.
    """
    if job_id is None:
        return
    while True:
        job = jobs.get_job(actor=actor, job_id=job_id)
        report(words, job.progress)
        if job.is_ended:
            break
        time.sleep(_POLL_S)
    if job.state != jobs.JobState.SUCCEEDED:
        error = job.error or {}
        raise DemoFailedError(
            f"{words} failed: {error.get('detail', job.state)}",
            remedy=error.get("remedy") or "Start again with --reset.",
        )
