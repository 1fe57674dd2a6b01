"""The platform without a client in sight: functions on one that follows `pq.api_key` and `pq.base_url`."""

from collections.abc import Iterator
from typing import Any

from pentaquark.core.settings import Settings, resolve
from pentaquark.sync.client import Client
from pentaquark.sync.datasets import Dataset
from pentaquark.sync.endpoints import Endpoint
from pentaquark.sync.fraud import Fraud
from pentaquark.sync.jobs import Job
from pentaquark.sync.models import RegisteredModel
from pentaquark.sync.recommendation import Recommendation
from pentaquark.sync.studies import Study

_clients: dict[Settings, Client] = {}


def client() -> Client:
    """Return the client of the present settings; made once for each."""
    settings = resolve()
    if settings not in _clients:
        _clients[settings] = Client(settings)
    return _clients[settings]


def create_dataset(name: str, files: Any, **options: Any) -> Dataset:
    """Upload files as a new data set; see `Datasets.create`."""
    return client().datasets.create(name, files, **options)


def dataset(key: str, *, target: str = "") -> Dataset:
    """Return a data set by its name or id."""
    return client().datasets.get(key, target=target)


def datasets() -> Iterator[Dataset]:
    """Yield the data sets, newest first."""
    return client().datasets.list()


def job(job_id: str) -> Job:
    """Return a job by its id."""
    return client().jobs.get(job_id)


def jobs(**wanted: Any) -> Iterator[Job]:
    """Yield the jobs, newest first, of a `state` or `kind`."""
    return client().jobs.list(**wanted)


def model(name: str) -> RegisteredModel:
    """Return a registered model by its name."""
    return client().models.get(name)


def models() -> Iterator[RegisteredModel]:
    """Yield the registered models, newest first."""
    return client().models.list()


def endpoint(name: str) -> Endpoint:
    """Return an endpoint by its name."""
    return client().endpoints.get(name)


def endpoints() -> Iterator[Endpoint]:
    """Yield the endpoints, newest first."""
    return client().endpoints.list()


def create_study(name: str, training: Any, space: Any, **options: Any) -> Study:
    """Search the best settings of a training; see `Studies.create`."""
    return client().studies.create(name, training, space, **options)


def study(study_id: str) -> Study:
    """Return a study by its id."""
    return client().studies.get(study_id)


def studies(**wanted: Any) -> Iterator[Study]:
    """Yield the studies, newest first, of one model's `name`."""
    return client().studies.list(**wanted)


def __getattr__(name: str) -> Recommendation | Fraud:
    """`recommendation`, `fraud`: the applications, through the client of the present settings."""
    if name == "recommendation":
        return client().recommendation
    if name == "fraud":
        return client().fraud
    raise AttributeError(name)
