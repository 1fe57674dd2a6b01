"""Fills the demo: data sets, encrypted like any other, and a recommender trained on the queue."""

import io
import re
import time
import uuid
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from apps.recommendation import selectors, services
from apps.recommendation.demo import files, simulator
from apps.recommendation.errors import DemoFailedError, RecommenderNotFoundError
from platform_core.accounts.api import Actor
from platform_core.datasets import api as datasets
from platform_core.errors import UnavailableError
from platform_core.jobs import api as jobs

Report = Callable[[str, float | None], None]
SERVED_WITHIN_S = 60.0
_POLL_S = 0.3


@dataclass(frozen=True)
class _Table:
    """One table to load: the data set's name, the file's name, how to open it."""

    dataset: str
    filename: str
    open: Callable[[], BinaryIO]


@dataclass(frozen=True)
class _Plan:
    """What the demo consists of; `items` and `users` may be missing."""

    recommender: str
    interactions: _Table
    items: _Table | None
    users: _Table | None

    @property
    def tables(self) -> list[_Table]:
        """The tables there are."""
        return [table for table in (self.interactions, self.items, self.users) if table]


def seed(*, actor: Actor, data_dir: Path | None, train: bool, stays: bool, report: Report) -> None:
    """Load the data and train the recommender; what an earlier start made is kept.

    Args:
        actor: who owns the result.
        data_dir: folder with the person's own files, or None for the synthetic film service.
        train: False loads the data only.
        stays: whether the platform stays up once all is prepared; the same is made either way.
        report: called with a sentence and a fraction done.

    Raises:
        DemoFolderError, DemoFailedError: with what to do.
    """
    plan = _synthetic() if data_dir is None else _brought(data_dir)
    if not _is_done(actor, plan, train=train):
        for table in plan.tables:
            _load(actor, table, report)
        if train:
            _train(actor, plan, report)
    if train:
        _wait_until_served(actor, plan.recommender, report)


def _synthetic() -> _Plan:
    """Plan the film service; its data is made only if it is not loaded yet."""
    made: list[simulator.DemoData] = []

    def data() -> simulator.DemoData:
        if not made:
            made.append(simulator.generate())
        return made[0]

    def table(name: str, content: Callable[[simulator.DemoData], bytes]) -> _Table:
        return _Table(name, f"{name}.csv", lambda: io.BytesIO(content(data())))

    return _Plan(
        simulator.RECOMMENDER_NAME,
        table(simulator.INTERACTIONS_NAME, lambda made: made.interactions),
        table(simulator.ITEMS_NAME, lambda made: made.items),
        table(simulator.USERS_NAME, lambda made: made.users),
    )


def _brought(folder: Path) -> _Plan:
    """Plan the person's own files, named after their folder."""
    found = files.find(folder)
    name = re.sub(r"[^a-z0-9._-]+", "-", folder.resolve().name.lower()).strip("-._")[:40] or "own"

    def table(role: str, path: Path | None) -> _Table | None:
        return _Table(f"{name}-{role}", path.name, lambda: path.open("rb")) if path else None

    interactions = _Table(
        f"{name}-interactions", found.interactions.name, lambda: found.interactions.open("rb")
    )
    return _Plan(name, interactions, table("items", found.items), table("users", found.users))


def _is_done(actor: Actor, plan: _Plan, *, train: bool) -> bool:
    """Say whether an earlier start made everything."""
    if train:
        try:
            found = selectors.get_recommender(actor=actor, name=plan.recommender)
        except RecommenderNotFoundError:
            return False
        return found.state == found.State.READY
    return all(_existing(actor, table) is not None for table in plan.tables)


def _existing(actor: Actor, table: _Table) -> datasets.Dataset | None:
    return (
        datasets.datasets(actor=actor).filter(name=table.dataset).exclude(state="rejected").first()
    )


def _load(actor: Actor, table: _Table, report: Report) -> None:
    """Upload a table and wait until it is ingested."""
    words = f"Encrypting and profiling {table.dataset}"
    report(words, 0.0)
    dataset = _existing(actor, table)
    if dataset is None:
        for rejected in datasets.datasets(actor=actor).filter(name=table.dataset):
            datasets.delete_dataset(actor=actor, dataset=rejected)
        with ExitStack() as stack:
            upload = datasets.upload_bytes(
                actor=actor, filename=table.filename, stream=stack.enter_context(table.open())
            )
        dataset = datasets.create_dataset(actor=actor, name=table.dataset, uploads=[upload])
    _wait_for_job(actor, dataset.job_id, words, report)
    dataset.refresh_from_db()
    if dataset.state != "ready":
        reason = (dataset.rejection or {}).get("reason", "")
        raise DemoFailedError(
            f"{table.filename} was rejected: {reason}",
            remedy="Mend the file and start again with --reset.",
        )


def _train(actor: Actor, plan: _Plan, report: Report) -> None:
    """Queue the training and wait for it."""
    words = f"Training the recommender “{plan.recommender}”"
    report(words, 0.0)
    try:
        recommender = selectors.get_recommender(actor=actor, name=plan.recommender)
    except RecommenderNotFoundError:
        recommender = services.create_recommender(actor=actor, spec=_spec(actor, plan))
    else:
        if not recommender.is_training:
            recommender = services.retrain(actor=actor, name=plan.recommender)
    _wait_for_job(actor, recommender.job_id, words, report)


def _wait_until_served(actor: Actor, name: str, report: Report) -> None:
    """Wait until the runtime has the recommender warm, so that the first click is answered.

    Raises:
        DemoFailedError: it is not within SERVED_WITHIN_S.
    """
    report(f"Warming “{name}” up in the runtime", None)
    deadline = time.monotonic() + SERVED_WITHIN_S
    while True:
        try:
            services.recommend(actor=actor, name=name, user=services.NEW_VISITOR)
        except UnavailableError as error:
            if time.monotonic() > deadline:
                raise DemoFailedError(error.detail, remedy=error.remedy) from error
            time.sleep(_POLL_S)
        else:
            return


def _spec(actor: Actor, plan: _Plan) -> services.RecommenderSpec:
    columns = services.guess_columns(_column_names(actor, plan.interactions))

    def feature_table(table: _Table | None, role: str) -> services.FeatureTable | None:
        if table is None:
            return None
        like = columns[role.removesuffix("s")]
        id_column = services.guess_id_column(_column_names(actor, table), role, like)
        return services.FeatureTable(dataset=table.dataset, id_column=id_column)

    return services.RecommenderSpec(
        name=plan.recommender,
        dataset=plan.interactions.dataset,
        columns=columns,
        items=feature_table(plan.items, "items"),
        users=feature_table(plan.users, "users"),
    )


def _column_names(actor: Actor, table: _Table) -> list[str]:
    dataset = datasets.get_dataset(actor=actor, key=table.dataset)
    return [column["name"] for column in datasets.current_version(dataset=dataset).columns]


def _wait_for_job(actor: Actor, job_id: uuid.UUID | None, words: str, report: Report) -> None:
    """Follow a job to its end.

    Raises:
        DemoFailedError: it did not succeed.
    """
    while True:
        job = jobs.get_job(actor=actor, job_id=str(job_id))
        report(words, job.progress)
        if job.is_ended:
            break
        time.sleep(_POLL_S)
    if job.state != "succeeded":
        error = job.error or {}
        raise DemoFailedError(
            f"{words} {job.state}: {error.get('detail', '')}", remedy=error.get("remedy", "")
        )
