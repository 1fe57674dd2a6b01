"""What a training may be asked for."""

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

TRAIN_KIND, PREDICT_KIND = "training.keras", "training.predict"
APPLICATION, TASK = "training", "keras"
"""What the registry knows these models by."""
MAX_COLUMNS = 4096
MAX_CELLS = 200_000_000
"""Numbers a table may hold: 8 bytes each, in the worker's memory."""


@dataclass(frozen=True)
class Source:
    """Rows of a data set.

    Attributes:
        dataset: id or name.
        version: number; None is the newest.
        split, part: of a split, `train` say; both or neither.
    """

    dataset: str
    version: int | None = None
    split: UUID | None = None
    part: str = ""


@dataclass(frozen=True)
class TrainingSpec:
    """A model to train.

    Attributes:
        name: of the model its version is registered under.
        dataset: rows to learn from.
        model: a Keras configuration.
        compile: optimizer, loss, metrics.
        fit: epochs, batch_size, shuffle, patience, seed.
        validation: rows to measure every epoch on.
        inputs: input -> its columns; empty takes all columns but the target.
        target: column to learn; empty takes the last.
        deploy: whether an endpoint of the model's name answers when the training has ended.
    """

    name: str
    dataset: Source
    model: Mapping[str, Any]
    compile: Mapping[str, Any]
    fit: Mapping[str, Any] = field(default_factory=dict)
    validation: Source | None = None
    inputs: Mapping[str, list[str]] = field(default_factory=dict)
    target: str = ""
    deploy: bool = True

    @classmethod
    def of(cls, body: Mapping[str, Any]) -> "TrainingSpec":
        """Return the request of a validated body (`TrainingRequest`)."""
        rows: dict[str, Any] = {"dataset": Source(**body["dataset"])}
        if body.get("validation"):
            rows["validation"] = Source(**body["validation"])
        kept = {
            name: value for name, value in body.items() if name not in {"dataset", "validation"}
        }
        return cls(**kept, **rows)


def fingerprint(asked: Mapping[str, Any]) -> str:
    """Return what two equal requests share; Keras numbers the layers of one process, which says nothing."""
    text = json.dumps(asked, sort_keys=True, separators=(",", ":"))
    text = re.sub(r'_\d+"', '"', text)
    return hashlib.sha256(text.encode()).hexdigest()
