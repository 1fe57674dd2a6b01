"""Payments of known structure, and a detector trained on them through the real doors."""

import random
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from apps.fraud import selectors
from apps.fraud.models import Detector
from apps.fraud.services import lifecycle
from platform_core.accounts.api import Actor
from platform_core.datasets import api as datasets
from platform_core.jobs import api as jobs
from tests.apps.recommendation.conftest import run_job, upload
from tests.platform_core.serving.processes import RuntimeProcess

START = datetime(2026, 3, 1, tzinfo=UTC)
COLUMNS = {"label": "fraud", "time": "time", "amount": "amount", "id": "id"}
ENTITIES = ("customer", "terminal")
USUAL, STRANGE = 20.0, 400.0
"""Amounts of honest payments, about, and of frauds."""


def payments(count: int = 600, customers: int = 12, terminals: int = 6, seed: int = 3) -> str:
    """Return a history: frauds are far above what the customer usually pays."""
    rng = random.Random(seed)  # noqa: S311  (no secret)
    lines = ["id,time,customer,terminal,amount,fraud"]
    for number in range(count):
        fraud = rng.random() < 0.06
        amount = rng.uniform(0.5, 1.5) * (STRANGE if fraud else USUAL)
        when = START + timedelta(minutes=30 * number)
        who, where = rng.randrange(customers), rng.randrange(terminals)
        lines.append(
            f"p{number},{when.strftime('%Y-%m-%dT%H:%M:%SZ')},c{who},t{where},{amount:.2f},{int(fraud)}"
        )
    return "\n".join(lines) + "\n"


def event(number: int, amount: float = USUAL, customer: str = "c1", **more: Any) -> dict[str, Any]:
    """Return one payment after the history."""
    when = START + timedelta(days=20, minutes=number)
    told = {"id": f"e{number}", "time": when.isoformat(), "customer": customer}
    return {**told, "terminal": "t2", "amount": amount, **more}


def spec(
    dataset: datasets.Dataset, name: str = "payments", **changes: Any
) -> lifecycle.DetectorSpec:
    """Return a request for a detector on `dataset`."""
    fields: dict[str, Any] = {
        "name": name,
        "dataset": str(dataset.pk),
        "columns": COLUMNS,
        "entities": ENTITIES,
        "params": {"model": "xgboost", "trees": 20, "depth": 3},
    }
    return lifecycle.DetectorSpec(**{**fields, **changes})


def train_now(actor: Actor, detector: Detector) -> jobs.Job:
    """Run the detector's queued training here."""
    from apps.fraud.engine.training import train  # noqa: PLC0415  (loads the model libraries)

    job = selectors.latest_job(actor=actor, detector=detector)
    assert job is not None
    return run_job(actor, job, train)


FEATURES: dict[str, Any] = {
    "event_id": "id",
    "time": "time",
    "label": "fraud",
    "label_delay_s": 2 * 86_400,
    "features": [
        {"name": "amount", "kind": "value", "column": "amount"},
        {"name": "count_1d", "kind": "count", "entity": ["customer"], "window_s": 86_400},
        {
            "name": "ratio_30d",
            "kind": "ratio",
            "entity": ["customer"],
            "column": "amount",
            "window_s": 30 * 86_400,
        },
        {
            "name": "terminal_frauds",
            "kind": "delayed_frauds",
            "entity": ["terminal"],
            "window_s": 30 * 86_400,
        },
    ],
}
"""Few, so that the tests are quick and say by hand what is right."""


@pytest.fixture
def detector(actor: Actor) -> Detector:
    """A detector whose first training is queued."""
    made = lifecycle.create_detector(actor=actor, spec=spec(upload(actor, payments())))
    made.features = FEATURES
    made.save()
    return made


@pytest.fixture
def trained(actor: Actor, detector: Detector) -> Detector:
    """A detector with one version."""
    job = train_now(actor, detector)
    assert job.state == jobs.JobState.SUCCEEDED, job.error
    return selectors.get_detector(actor=actor, name=detector.name)


@pytest.fixture
def warm(runtime: RuntimeProcess, actor: Actor, trained: Detector) -> Detector:
    """A trained detector whose model is loaded in a real runtime."""
    from apps.fraud.engine.live import scoring  # noqa: PLC0415  (numpy)

    deadline = time.monotonic() + 60
    while True:
        told = scoring.score(actor=actor, name=trained.name, events=[event(0)], dry_run=True)
        if not told[0]["fallback"]:
            return trained
        assert time.monotonic() < deadline, "the runtime did not load the model"
        time.sleep(0.2)


@pytest.fixture
def runtime(
    process_environment: dict[str, str], settings, tmp_path_factory
) -> Iterator[RuntimeProcess]:
    """A real model runtime."""
    process = RuntimeProcess(tmp_path_factory.mktemp("rt"), process_environment)
    settings.RUNTIME_SOCKET = process.socket
    process.start()
    yield process
    process.stop()
