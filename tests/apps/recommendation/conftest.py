"""Data sets and recommenders made through the real doors, with each job run in place of the queue."""

import io
import itertools
import uuid
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import Any

import pytest
from django.db import transaction

from apps.recommendation import selectors, services
from apps.recommendation.models import LiveItem, LiveUser, Recommender, Rule
from platform_core.accounts.api import Actor, Organisation
from platform_core.datasets import api as datasets
from platform_core.errors import PlatformError
from platform_core.jobs import api as jobs

COLUMNS = {"user": "user", "item": "item", "rating": "", "time": ""}
_count = itertools.count(1)


@dataclass
class InPlaceContext:
    """A job's context inside the test's own process and transaction."""

    job_id: uuid.UUID
    organisation: Organisation
    actor: Actor
    params: dict[str, Any]
    lines: list[str] = field(default_factory=list)
    figures: dict[str, float] = field(default_factory=dict)

    def update(self, fraction: float, message: str = "") -> None:
        assert 0 <= fraction <= 1

    def log(self, line: str) -> None:
        self.lines.append(line)

    def metric(self, name: str, value: float, step: int | None = None) -> None:
        self.figures[name] = value

    def should_stop(self) -> bool:
        return False

    def save_checkpoint(self, state: bytes) -> None:
        assert state

    def load_checkpoint(self) -> bytes | None:
        return None

    def fenced(self) -> AbstractContextManager[None]:
        return transaction.atomic()


def run_job(actor: Actor, job: jobs.Job, entry: Callable[[Any], Any]) -> jobs.Job:
    """Run a queued job's entry here and record how it ended, as a worker would."""
    context = InPlaceContext(job.pk, actor.organisation, actor, job.params)
    try:
        job.result = entry(context)
        job.state, job.progress = jobs.JobState.SUCCEEDED, 1.0
    except PlatformError as error:
        job.state = jobs.JobState.FAILED
        job.error = {"title": error.title, "detail": error.detail, "remedy": error.remedy}
    job.metrics = context.figures
    job.save()
    return job


def upload(actor: Actor, content: str | bytes, name: str = "") -> datasets.Dataset:
    """Make a data set of one CSV file and ingest it."""
    from platform_core.datasets.engine import ingest  # noqa: PLC0415  (loads polars and pyarrow)

    raw = content.encode() if isinstance(content, str) else content
    sent = datasets.upload_bytes(actor=actor, filename="table.csv", stream=io.BytesIO(raw))
    dataset = datasets.create_dataset(
        actor=actor, name=name or f"table {next(_count)}", uploads=[sent]
    )
    run_job(actor, jobs.get_job(actor=actor, job_id=dataset.job_id), ingest)
    dataset.refresh_from_db()
    return dataset


def taste(users: int = 24, items: int = 12) -> str:
    """Return interactions with a known structure: even users like even items, odd users odd ones."""
    lines = ["user,item,rating,time,comment"]
    for user in range(users):
        liked = [item for item in range(items) if item % 2 == user % 2]
        skipped = liked[user % len(liked)]
        lines += [
            f"u{user:03},i{item:02},{1 + item % 5},{1_700_000_000 + user + item},fine"
            for item in liked
            if item != skipped
        ]
    return "\n".join(lines) + "\n"


def spec(dataset: datasets.Dataset, **changes: Any) -> services.RecommenderSpec:
    """Return a request for a recommender on `dataset`."""
    fields: dict[str, Any] = {
        "name": f"films-{next(_count)}",
        "dataset": str(dataset.pk),
        "columns": COLUMNS,
        "params": {"model": "als", "factors": 4, "epochs": 5},
    }
    return services.RecommenderSpec(**{**fields, **changes})


def train_now(actor: Actor, recommender: Recommender) -> jobs.Job:
    """Run the recommender's queued training here."""
    from apps.recommendation.engine import train  # noqa: PLC0415  (loads the model libraries)

    job = selectors.latest_job(actor=actor, recommender=recommender)
    assert job is not None
    return run_job(actor, job, train)


def told(recommender: Recommender, user: str = "u001", item: str = "i01") -> Rule:
    """Tell a recommender an item and a user, and give it a rule; no runtime has to check them."""
    own = {"recommender": recommender, "organisation_id": recommender.organisation_id}
    LiveItem.objects.create(**own, item_id=item, sequence=1)
    LiveUser.objects.create(**own, user_id=user)
    Recommender.objects.filter(pk=recommender.pk).update(
        live_sequence=1, rules_sequence=1, has_live_users=True
    )
    return Rule.objects.create(**own, name="first", action="hide", body={"items": [item]})


@pytest.fixture
def dataset(actor: Actor) -> datasets.Dataset:
    """Interactions with a known structure, ready to be learned from."""
    return upload(actor, taste())


@pytest.fixture
def recommender(actor: Actor, dataset: datasets.Dataset) -> Recommender:
    """A recommender whose first training is queued."""
    return services.create_recommender(actor=actor, spec=spec(dataset))


@pytest.fixture
def trained(actor: Actor, recommender: Recommender) -> Recommender:
    """A recommender with one version."""
    job = train_now(actor, recommender)
    assert job.state == jobs.JobState.SUCCEEDED, job.error
    return selectors.get_recommender(actor=actor, name=recommender.name)
