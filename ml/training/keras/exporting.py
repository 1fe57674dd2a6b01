"""A fitted model as a bundle: `.keras` always, ONNX beside it when it answers the same.

Shapes: N rows.
"""

import io
import logging
import warnings
from collections.abc import Mapping
from typing import Any

import numpy as np
import onnxruntime as ort
import torch
from keras.src.saving import saving_lib
from numpy.typing import NDArray

from ml.common.bundle import Bundle, TensorSpec, build
from ml.common.progress import Progress
from ml.runtime.keras_predictor import MODEL_FILE
from ml.training.keras.building import Built

_CHATTY = ("torch.onnx", "onnxscript", "onnx_ir")
ONNX_FILE = "model.onnx"
TOLERANCE = 1e-5
"""Largest difference, absolute and relative, that an export may show."""
_DATATYPES = {
    "float32": "FP32",
    "int64": "INT64",
    "int32": "INT32",
    "bool": "BOOL",
    "float16": "FP16",
}
_NUMPY = {
    "FP32": np.float32,
    "INT64": np.int64,
    "INT32": np.int32,
    "BOOL": np.bool_,
    "FP16": np.float16,
}


def pack(
    built: Built, probe: list[NDArray[Any]], attributes: Mapping[str, Any], progress: Progress
) -> Bundle:
    """Return the bundle; served by ONNX Runtime when the export equals the model on the probe.

    Args:
        built: with fitted weights.
        probe: some rows of every input.
        attributes: facts for the manifest.
        progress: told why a model stays with Keras.
    """
    files = {MODEL_FILE: saved(built.model)}
    flavour = "keras"
    try:
        files[ONNX_FILE] = exported(built, probe)
        flavour = "onnx"
    except Exception as error:  # noqa: BLE001  (an exporter of two libraries raises whatever they raise)
        words = (str(error).strip().splitlines() or [type(error).__name__])[0][:200]
        progress.log(f"The model is served by Keras; it does not export to ONNX: {words}")
    output = built.model.outputs[0]
    shape = tuple(-1 if each is None else int(each) for each in output.shape)
    return build(
        flavour=flavour,
        inputs=tuple(
            TensorSpec(each.name, _datatype(each.dtype), (-1, *each.shape)) for each in built.inputs
        ),
        outputs=(TensorSpec(output_name(built), "FP32", shape),),
        files=files,
        attributes={**attributes, "example": _example(built)},
    )


def output_name(built: Built) -> str:
    """Return the name of the one output."""
    name = str(built.model.outputs[0].name or "output")
    return f"{name}_output" if name in {each.name for each in built.inputs} else name


def saved(model: Any) -> bytes:
    """Return a model as a `.keras` file, without optimizer and losses; nothing touches the disk."""
    content = io.BytesIO()
    compiled, model._is_compiled = getattr(model, "_is_compiled", False), False  # noqa: SLF001
    try:
        # `model.save` takes paths only
        saving_lib._save_model_to_fileobj(model, content, "h5")  # noqa: SLF001
    finally:
        model._is_compiled = compiled  # noqa: SLF001
    return content.getvalue()


def exported(built: Built, probe: list[NDArray[Any]]) -> bytes:
    """Return the model as ONNX.

    Raises:
        ValueError: the network answers otherwise than the model.
    """
    rows = tuple(torch.from_numpy(np.ascontiguousarray(each[:3])) for each in probe)
    batch = torch.export.Dim("rows", min=1, max=2**20)
    module = _Flat(built.model).cpu().eval()
    chatty = [logging.getLogger(name) for name in _CHATTY]
    levels = [each.level for each in chatty]
    for each in chatty:
        each.setLevel(logging.ERROR)
    try:
        with warnings.catch_warnings(), torch.no_grad():
            warnings.simplefilter("ignore")
            program = torch.onnx.export(
                module,
                rows,
                dynamo=True,
                dynamic_shapes=(tuple({0: batch} for _ in rows),),
                input_names=[each.name for each in built.inputs],
                output_names=[output_name(built)],
                verbose=False,
            )
    finally:
        for each, level in zip(chatty, levels, strict=True):
            each.setLevel(level)
    content = bytes(program.model_proto.SerializeToString())
    _compare(built, probe, content)
    return content


class _Flat(torch.nn.Module):  # type: ignore[misc]
    """A Keras model whose inputs are arguments, as the exporter wants them."""

    def __init__(self, model: Any) -> None:
        super().__init__()
        self.model = model

    def forward(self, *tensors: torch.Tensor) -> torch.Tensor:
        return self.model(tensors[0] if len(tensors) == 1 else list(tensors), training=False)


def _compare(built: Built, probe: list[NDArray[Any]], content: bytes) -> None:
    with torch.no_grad():
        tensors = [torch.from_numpy(np.ascontiguousarray(each)) for each in probe]
        expected = _Flat(built.model)(*tensors).cpu().numpy()
    session = ort.InferenceSession(content, providers=["CPUExecutionProvider"])
    names = [each.name for each in built.inputs]
    for size in (1, len(probe[0])):
        found = session.run(None, {n: each[:size] for n, each in zip(names, probe, strict=True)})[0]
        if not np.allclose(found, expected[:size], rtol=TOLERANCE, atol=TOLERANCE):
            raise ValueError("its answers differ from Keras's")


def _datatype(dtype: str) -> str:
    return _DATATYPES.get(dtype, "FP32")


def _example(built: Built) -> dict[str, Any]:
    """Return a request that the playground shows; of zeros, so that it says nothing of the data."""
    return {
        "inputs": {
            each.name: np.zeros((1, *each.shape), _NUMPY[_datatype(each.dtype)]).tolist()
            for each in built.inputs
        },
        "parameters": {},
    }
