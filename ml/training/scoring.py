"""Answers of a served model to the rows of a table.

Shapes: N rows.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ml.common.progress import Progress, TrainingStoppedError
from ml.runtime.predictor import Predictor
from ml.training.inputs import Input
from ml.training.tables import Table

BATCH = 4096


def predict(
    predictor: Predictor, inputs: Sequence[Input], table: Table, progress: Progress
) -> NDArray[np.float32]:
    """Return the answers, float32 (N, ...), in the order of the rows.

    Raises:
        TrainingStoppedError: the job was asked to stop.
    """
    parts: list[NDArray[Any]] = []
    for start in range(0, len(table), BATCH):
        if progress.should_stop():
            raise TrainingStoppedError("Stopped while predicting.")
        rows = {
            each.name: values[start : start + BATCH]
            for each, values in zip(inputs, table.inputs, strict=True)
        }
        (answer,) = predictor.predict(rows, {}).values()
        parts.append(np.asarray(answer, dtype=np.float32))
        progress.update(0.1 + 0.8 * min(1.0, (start + BATCH) / len(table)), "Predicting")
    return np.concatenate(parts)
