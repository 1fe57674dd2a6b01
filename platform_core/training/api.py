"""Public door of training: models that people describe themselves, trained as jobs.

`read_columns` imports numpy and pyarrow on first use: call it in workers.
"""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from platform_core.accounts.api import Actor
from platform_core.training import sources
from platform_core.training.answers import TrainingRequest
from platform_core.training.errors import (
    TrainingBusyError,
    TrainingInputError,
    TrainingNotFoundError,
    TrainingUnfinishedError,
)
from platform_core.training.models import RowPrediction, Training
from platform_core.training.params import Source, TrainingSpec
from platform_core.training.selectors import get_training, job_of, trainings
from platform_core.training.services import (
    examine,
    request_examined,
    request_prediction,
    request_training,
)

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = [
    "RowPrediction",
    "Source",
    "Training",
    "TrainingBusyError",
    "TrainingInputError",
    "TrainingNotFoundError",
    "TrainingRequest",
    "TrainingSpec",
    "TrainingUnfinishedError",
    "examine",
    "get_training",
    "job_of",
    "read_columns",
    "request_examined",
    "request_prediction",
    "request_training",
    "trainings",
]


def read_columns(
    *, actor: Actor, rows: Mapping[str, Any], names: Sequence[str]
) -> "dict[str, NDArray[Any]]":
    """Return columns of the rows that `examine` fixed: name -> (N,), NaN where a value is missing.

    Raises:
        DatasetNotFoundError: they were deleted meanwhile.
    """
    from platform_core.training.engine import reading  # noqa: PLC0415  (numpy stays out of web processes)

    return reading.columns(sources.fixed(actor=actor, asked=dict(rows)), names)
