"""Data sets made through the real door, with the job run in place of the queue."""

import contextlib
import io
import types
import uuid
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import Any

import pytest
from django.db import transaction

from platform_core.accounts.api import Actor, Organisation
from platform_core.datasets import api, background, engine


@dataclass
class InPlaceContext:
    """A job's context as the part's jobs use it, and which job it is of."""

    organisation: Organisation
    actor: Actor
    params: dict[str, Any]
    kind: str = background.INGEST_KIND
    job_id: uuid.UUID = field(default_factory=uuid.uuid4)
    lines: list[str] = field(default_factory=list)
    stopping: bool = False

    def update(self, fraction: float, message: str = "") -> None:
        assert 0 <= fraction <= 1

    def log(self, line: str) -> None:
        self.lines.append(line)

    def should_stop(self) -> bool:
        return self.stopping

    def fenced(self) -> AbstractContextManager[None]:
        return transaction.atomic()


@pytest.fixture(autouse=True)
def queued(monkeypatch: pytest.MonkeyPatch) -> list[InPlaceContext]:
    """Jobs submitted, waiting to be run by the test."""
    waiting: list[InPlaceContext] = []

    def submit(*, actor: Actor, kind: str, params: dict[str, Any], subject: str) -> Any:
        waiting.append(InPlaceContext(actor.organisation, actor, params, kind))
        return types.SimpleNamespace(pk=waiting[-1].job_id)

    def cancel(*, actor: Actor, job_id: uuid.UUID) -> None:
        for context in waiting:
            context.stopping = context.stopping or context.job_id == job_id

    monkeypatch.setitem(background._hooks, "submit", submit)
    monkeypatch.setitem(background._hooks, "cancel", cancel)
    return waiting


@pytest.fixture
def run_jobs(queued: list[InPlaceContext]) -> Callable[[], None]:
    """Run what was submitted; refusals stay in the data set."""

    entries = {background.INGEST_KIND: engine.ingest, background.SPLIT_KIND: engine.fix_split}

    def run() -> None:
        while queued:
            refusals = (api.FileRejectedError, api.CleaningRuleError, api.SplitError)
            with contextlib.suppress(*refusals):
                job = queued.pop(0)
                entries[job.kind](job)

    return run


@pytest.fixture
def ingest(actor: Actor, run_jobs: Callable[[], None]) -> Callable[..., api.Dataset]:
    """Upload `files` (name -> content) as one data set and ingest it."""

    def make(files: dict[str, bytes], name: str = "", **options: Any) -> api.Dataset:
        uploads = [
            api.upload_bytes(actor=actor, filename=filename, stream=io.BytesIO(content))
            for filename, content in files.items()
        ]
        dataset = api.create_dataset(
            actor=actor, name=name or f"table {uuid.uuid4()}", uploads=uploads, **options
        )
        run_jobs()
        dataset.refresh_from_db()
        return dataset

    return make


@pytest.fixture
def rows_of() -> Callable[[api.Dataset], list[dict[str, Any]]]:
    """Return the rows of the current version."""

    def read(dataset: api.Dataset) -> list[dict[str, Any]]:
        version = api.current_version(dataset=dataset)
        return api.read_table(version=version).to_pylist()

    return read
