"""Loss and metrics of a fitted model on rows it is given."""

import math
from typing import Any

from ml.runtime.keras_predictor import open_model
from ml.training.compiling import Compile
from ml.training.errors import TrainingError
from ml.training.keras.building import words_of
from ml.training.keras.fitting import compile_model
from ml.training.tables import Table

BATCH = 4096


def evaluate(content: bytes, asked: Compile, table: Table) -> dict[str, float]:
    """Return loss and metrics of a `.keras` file.

    Raises:
        BundleError: the file cannot be loaded.
        TrainingError: the target does not fit the loss.
    """
    model = open_model(content)
    compile_model(model, asked)
    inputs: Any = table.inputs[0] if len(table.inputs) == 1 else table.inputs
    try:
        found = model.evaluate(inputs, table.target, batch_size=BATCH, verbose=0, return_dict=True)
    except (ValueError, RuntimeError, IndexError, TypeError) as error:
        raise TrainingError(
            f"The model cannot be measured on these columns: {words_of(error)}", field="target"
        ) from error
    return {name: float(value) for name, value in found.items() if math.isfinite(value)}
