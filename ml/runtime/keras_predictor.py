"""Predictions of Keras models (`.keras`, safe mode) on the torch backend."""

import io
import json
import os
import zipfile
from collections.abc import Mapping
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

os.environ.setdefault("KERAS_BACKEND", "torch")  # read once, when keras is imported
import keras
from keras.src.saving import saving_lib

from ml.common.bundle import Bundle, BundleError, Manifest
from ml.runtime.options import LoadOptions
from ml.runtime.predictor import PredictionInputError, Tensors
from ml.runtime.signature import NUMPY_DTYPES, InputSignature
from ml.runtime.torch_predictor import chosen_device

MODEL_FILE = "model.keras"
_RECORDS = {"metadata.json", "config.json", "model.weights.h5"}
_MAX_CONFIG_BYTES, _MAX_PLAIN_BYTES = 16 * 2**20, 2**30


class KerasPredictor:
    """One model. Inputs are given in the order of the manifest, outputs named in its order."""

    def __init__(self, bundle: Bundle, options: LoadOptions) -> None:
        """Load `model.keras` of the bundle.

        Raises:
            BundleError: no such file, content that could run code, or no model Keras can read.
        """
        self.manifest: Manifest = bundle.manifest
        if any(s.datatype == "BYTES" for s in (*self.manifest.inputs, *self.manifest.outputs)):
            raise BundleError(
                "A keras bundle takes and gives numbers; BYTES tensors it cannot have."
            )
        if MODEL_FILE not in bundle.files:
            raise BundleError(f"A keras bundle holds {MODEL_FILE!r}; this one does not.")
        content = bundle.files[MODEL_FILE]
        self._device = chosen_device(options.device)
        torch.set_num_threads(options.threads)
        with keras.device("gpu" if self._device == "cuda" else "cpu"):
            self._model = open_model(content)
        self._names = [spec.name for spec in self.manifest.inputs]
        self._outputs = [(s.name, NUMPY_DTYPES[s.datatype]) for s in self.manifest.outputs]
        self._signature = InputSignature(self.manifest.inputs)
        weights = sum(4 * int(np.prod(each.shape)) for each in self._model.weights)
        self._size_bytes = weights + len(content)

    @property
    def size_bytes(self) -> int:
        """Weights, and as much again for the layers around them."""
        return self._size_bytes

    @property
    def device(self) -> str:
        """`cuda` or `cpu`."""
        return self._device

    def predict(self, inputs: Tensors, parameters: Mapping[str, Any]) -> dict[str, NDArray[Any]]:
        """Call the model on one request; see Predictor."""
        self._signature.check(inputs)
        arguments = [
            torch.from_numpy(np.array(inputs[name])).to(self._device) for name in self._names
        ]
        try:
            with torch.inference_mode():
                values = self._model(
                    arguments[0] if len(arguments) == 1 else arguments, training=False
                )
        except (
            ValueError,
            RuntimeError,
            IndexError,
        ) as error:  # IndexError: an id beyond an embedding
            words = str(error).strip().splitlines()[0][:300]
            raise PredictionInputError(f"The model refused the inputs: {words}") from error
        return self._named(values)

    def _named(self, values: Any) -> dict[str, NDArray[Any]]:
        if isinstance(values, Mapping):
            values = [values[name] for name, _ in self._outputs]
        elif isinstance(values, torch.Tensor):
            values = [values]
        return {
            name: value.cpu().numpy().astype(dtype, copy=False)
            for (name, dtype), value in zip(self._outputs, values, strict=True)
        }


def open_model(content: bytes) -> Any:
    """Return the Keras model of a `.keras` archive.

    Raises:
        BundleError: content that could run code, or no model Keras can read.
    """
    _check(content)
    return _load(content)


def _check(content: bytes) -> None:
    """Refuse what safe mode does not: assets, which Keras unpacks to disk, and classes not Keras's own."""
    try:
        archive = zipfile.ZipFile(io.BytesIO(content))
        records = {info.filename: info for info in archive.infolist()}
        if records.keys() - _RECORDS:
            surplus = sorted(records.keys() - _RECORDS)[0]
            raise BundleError(
                f"The Keras file holds {surplus!r}; only models without assets are served."
            )
        if records["config.json"].file_size > _MAX_CONFIG_BYTES:
            raise BundleError("The Keras file's config.json is larger than any model's.")
        if sum(info.file_size for info in archive.infolist()) > _MAX_PLAIN_BYTES:
            raise BundleError("The Keras file unfolds to more than 1 GiB.")
        _walk(json.loads(archive.read("config.json")))
    except (
        zipfile.BadZipFile,
        KeyError,
        EOFError,
        RecursionError,
        UnicodeDecodeError,
        json.JSONDecodeError,
    ) as error:
        raise BundleError(f"Keras cannot load the model: no .keras archive ({error}).") from error


def _walk(value: Any) -> None:
    if isinstance(value, dict):
        module = value.get("module")
        if "class_name" in value and not (
            module is None or module in {"builtins", "keras"} or str(module).startswith("keras.")
        ):
            raise BundleError(
                f"The Keras model is made of {module}.{value['class_name']}, not of Keras layers."
            )
        if value.get("class_name") in {"Lambda", "__lambda__"}:
            raise BundleError(
                "The Keras model holds a Lambda layer, which is code; write it as layers."
            )
    if isinstance(value, (dict, list)):
        for each in value.values() if isinstance(value, dict) else value:
            _walk(each)


def _load(content: bytes) -> Any:
    try:
        # `keras.saving.load_model` takes paths only, and plaintext must not touch the disk; a BytesIO has no
        # name either, so the weights cannot be unpacked beside it
        return saving_lib.load_model(io.BytesIO(content), compile=False, safe_mode=True)
    except Exception as error:  # Keras raises whatever its layers raise
        words = (str(error).strip().splitlines() or [type(error).__name__])[0][:300]
        raise BundleError(f"Keras cannot load the model: {words}") from error
