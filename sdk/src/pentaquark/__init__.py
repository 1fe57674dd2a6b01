"""Pentaquark: data sets, training, models and predictions of a self-hosted AI cloud.

    import pentaquark as pq
    pq.api_key = "pq_..."                   # or PENTAQUARK_API_KEY, or `pq login`
    dataset = pq.create_dataset("ratings", files=["train.csv"])

Everything is loaded when it is first used, so that the import takes no time.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from pentaquark.core import backend, version

if TYPE_CHECKING:
    from pentaquark.easy import client as client
    from pentaquark.easy import create_dataset as create_dataset
    from pentaquark.easy import create_study as create_study
    from pentaquark.easy import dataset as dataset
    from pentaquark.easy import datasets as datasets
    from pentaquark.easy import endpoint as endpoint
    from pentaquark.easy import job as job
    from pentaquark.easy import jobs as jobs
    from pentaquark.easy import model as model
    from pentaquark.easy import models as models
    from pentaquark.easy import studies as studies
    from pentaquark.easy import study as study
    from pentaquark.sync import Client as Client
    from pentaquark.sync import Dataset as Dataset
    from pentaquark.sync import DatasetPart as DatasetPart
    from pentaquark.sync import Detector as Detector
    from pentaquark.sync import Endpoint as Endpoint
    from pentaquark.sync import Job as Job
    from pentaquark.sync import ModelVersion as ModelVersion
    from pentaquark.sync import RegisteredModel as RegisteredModel
    from pentaquark.sync import Study as Study

__version__ = version.VERSION
backend.choose()
api_key: str | None = None
"""The key of every call that names none; else PENTAQUARK_API_KEY, else what `pq login` kept."""
base_url: str | None = None
"""Address of the platform; else PENTAQUARK_BASE_URL, else `pq login`, else http://localhost:8000."""
runtime_url: str | None = None
"""Address of inference, where it is not the next port of `base_url`'s host."""
proxy: str | None = None
ca_bundle: str | None = None

_BOUND = frozenset({"fraud", "recommendation"})
"""Asked for anew each time: they hang on the client of the present settings."""
_EASY = (
    "client create_dataset create_study dataset datasets endpoint endpoints fraud job jobs model models "
    "recommendation studies study"
)
_SYNC = "Client Dataset DatasetPart Detector Endpoint Job ModelVersion Recommender RegisteredModel Study"
_WHERE = (
    {name: ("pentaquark.easy", name) for name in _EASY.split()}
    | {name: ("pentaquark.sync", name) for name in _SYNC.split()}
    | {"AsyncClient": ("pentaquark.aio", "Client"), "errors": ("pentaquark.core.errors", "")}
    | {"Model": ("pentaquark.keras", "Model"), "layers": ("pentaquark.keras", "layers")}
)
__all__ = ["__version__", "api_key", "base_url", "ca_bundle", "proxy", "runtime_url"]
__all__ += list(_WHERE)


def __getattr__(name: str) -> Any:
    """Load what is asked for."""
    if name not in _WHERE:
        raise AttributeError(f"module 'pentaquark' has no attribute {name!r}")
    module, member = _WHERE[name]
    found = import_module(module)
    value = getattr(found, member) if member else found
    if name not in _BOUND:
        globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(__all__)
