"""Predictions of XGBoost boosters: by ONNX Runtime where the trees convert, else by XGBoost itself."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial
from typing import Any, cast

import numpy as np
import xgboost
from numpy.typing import NDArray

from ml.common.bundle import Bundle, BundleError, Manifest
from ml.runtime import trees
from ml.runtime.onnx_predictor import open_session
from ml.runtime.options import LoadOptions
from ml.runtime.predictor import Tensors
from ml.runtime.signature import InputSignature

Values = NDArray[np.float32]
_Run = Callable[[Values], Values]
MODEL_FILES = ("model.ubj", "model.json")
_BYTES_PER_FILE_BYTE = 3
"""A parsed booster takes about three times its UBJSON file (trees plus prediction cache)."""


class XgboostPredictor:
    """A booster.

    `engine` says who answers: `onnx` (the trees converted at load, equal within 1e-5 on probes) or `xgboost`
    (categories, DART, a GPU, or `attributes["convert"]` false).

    The signature is one FP32 input (N, F), NaN where a value is missing, and one FP32 output,
    (N,) or (N, classes). `attributes["predict_type"]` is `value` (default: probability, class
    scores, amount) or `margin`.
    """

    def __init__(self, bundle: Bundle, options: LoadOptions) -> None:
        """Load `model.ubj` or `model.json` of the bundle.

        Raises:
            BundleError: no such file, not a booster, or a signature it cannot have.
        """
        self.manifest: Manifest = bundle.manifest
        _check_manifest(self.manifest)
        name, content = _model_file(bundle)
        learner, booster = _load(name, content, options.threads)
        self._input, self._output = self.manifest.inputs[0].name, self.manifest.outputs[0].name
        _check_width(self.manifest, booster.num_features())
        self._rank = len(self.manifest.outputs[0].shape)
        self._signature = InputSignature(self.manifest.inputs)
        self._predict_type = str(self.manifest.attributes.get("predict_type", "value"))
        self._size_bytes = len(content) * _BYTES_PER_FILE_BYTE
        self._run = self._engine(booster, learner, options)

    @property
    def size_bytes(self) -> int:
        """Memory of the trees."""
        return self._size_bytes

    def predict(self, inputs: Tensors, parameters: Mapping[str, Any]) -> dict[str, NDArray[Any]]:
        """Walk the trees for every row; see Predictor."""
        self._signature.check(inputs)
        rows_NF = inputs[self._input]
        if not len(rows_NF):
            return {self._output: self._nothing()}
        values = self._run(rows_NF)
        return {self._output: values.reshape(len(rows_NF), -1) if self._rank == 2 else values}

    def _engine(
        self, booster: xgboost.Booster, learner: dict[str, Any], options: LoadOptions
    ) -> _Run:
        wants_gpu = options.device == "cuda"  # small trees lose there; only who says so gets it
        if not wants_gpu and self.manifest.attributes.get("convert", True):
            network = trees.convert(
                booster, learner, margin=self._predict_type == "margin", flat=self._rank == 1
            )
            if network is not None:
                self.engine, session = "onnx", open_session(network, replace(options, device="cpu"))
                return lambda rows_NF: cast("Values", session.run(["y"], {"x": rows_NF}, None)[0])
        self.engine = "xgboost"
        if wants_gpu:
            booster.set_param(
                {"device": "cuda"}
            )  # XGBoost itself warns and stays on the CPU without one
        run = partial(_predict, booster, self._predict_type)
        # the first call configures a booster; made here, every later one only reads
        run(np.zeros((1, booster.num_features()), dtype=np.float32))
        return run

    def _nothing(self) -> NDArray[np.float32]:
        shape = self.manifest.outputs[0].shape
        return np.empty([0, *[max(side, 0) for side in shape[1:]]], dtype=np.float32)


def _predict(booster: xgboost.Booster, predict_type: str, rows_NF: Values) -> Values:
    values = booster.inplace_predict(rows_NF, predict_type=predict_type, validate_features=False)
    return np.asarray(values, dtype=np.float32)


def _model_file(bundle: Bundle) -> tuple[str, bytes]:
    for name in MODEL_FILES:
        if name in bundle.files:
            return name, bundle.files[name]
    raise BundleError("An xgboost bundle holds 'model.ubj' or 'model.json'; this one does not.")


def _load(name: str, content: bytes, threads: int) -> tuple[dict[str, Any], xgboost.Booster]:
    booster = xgboost.Booster()
    try:
        learner = trees.read(content, name)
        booster.load_model(bytearray(content))
    except (xgboost.core.XGBoostError, ValueError) as error:
        raise BundleError(f"XGBoost cannot load the model: {error}") from error
    booster.set_param({"nthread": threads})
    return learner, booster


def _check_manifest(manifest: Manifest) -> None:
    sides = (manifest.inputs, manifest.outputs)
    if any(len(side) != 1 or side[0].datatype != "FP32" for side in sides):
        raise BundleError("An xgboost bundle has one FP32 input and one FP32 output.")
    if len(manifest.inputs[0].shape) != 2 or len(manifest.outputs[0].shape) not in (1, 2):
        raise BundleError("An xgboost bundle takes (N, F) and gives (N,) or (N, classes).")
    if manifest.attributes.get("predict_type", "value") not in {"value", "margin"}:
        raise BundleError("Attribute 'predict_type' of an xgboost bundle is 'value' or 'margin'.")


def _check_width(manifest: Manifest, features: int) -> None:
    declared = manifest.inputs[0].shape[1]
    if declared != features:
        raise BundleError(f"The booster takes {features} features, the manifest says {declared}.")
