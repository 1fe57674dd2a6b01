"""What every peer serves: an ONNX network or an XGBoost booster, and nothing around it.

Runs in the peers' environments: numpy and the model's library, no code of the project. MODEL is the file.
"""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np


def load() -> Callable[[Any], Any]:
    """Return a function from rows (N, F) to answers (N, ...), as an engineer would write it."""
    path = os.environ["MODEL"]
    if Path(path).suffix == ".onnx":
        return _network(path)
    return _booster(path)


def _network(path: str) -> Callable[[Any], Any]:
    import onnxruntime as ort  # noqa: PLC0415

    options = ort.SessionOptions()
    options.intra_op_num_threads = 1
    options.inter_op_num_threads = 1
    session = ort.InferenceSession(path, options, providers=["CPUExecutionProvider"])
    return lambda x: session.run(["y"], {"x": x})[0]


def _booster(path: str) -> Callable[[Any], Any]:
    import xgboost  # noqa: PLC0415

    booster = xgboost.Booster()
    booster.load_model(path)
    booster.set_param({"nthread": 1})
    return lambda x: booster.inplace_predict(x, validate_features=False)


def tensor(inputs: list[dict[str, Any]]) -> Any:
    """Return the array of the first tensor of an Open Inference request."""
    first = inputs[0]
    return np.array(first["data"], dtype=np.float32).reshape(first["shape"])


def answer(y: Any) -> dict[str, Any]:
    """Return the document of an answer."""
    output = {"name": "y", "datatype": "FP32", "shape": list(y.shape), "data": y.ravel().tolist()}
    return {"model_name": "network", "outputs": [output]}
