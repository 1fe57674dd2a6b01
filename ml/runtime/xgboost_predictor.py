"""Predictions of XGBoost boosters, without conversion and without a DMatrix."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import xgboost
from numpy.typing import NDArray

from ml.common.bundle import Bundle, BundleError, Manifest
from ml.runtime.options import LoadOptions
from ml.runtime.predictor import Tensors
from ml.runtime.signature import InputSignature

MODEL_FILES = ("model.ubj", "model.json")
_BYTES_PER_FILE_BYTE = 3
"""A parsed booster takes about three times its UBJSON file (trees plus prediction cache)."""


class XgboostPredictor:
    """A booster that answers by `inplace_predict`.

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
        content = _model_file(bundle)
        self._booster = _load(content, options.threads)
        self._input, self._output = self.manifest.inputs[0].name, self.manifest.outputs[0].name
        _check_width(self.manifest, self._booster.num_features())
        self._rank = len(self.manifest.outputs[0].shape)
        self._signature = InputSignature(self.manifest.inputs)
        self._predict_type = str(self.manifest.attributes.get("predict_type", "value"))
        self._size_bytes = len(content) * _BYTES_PER_FILE_BYTE
        # the first call configures a booster; made here, every later one only reads
        self._run(np.zeros((1, self._booster.num_features()), dtype=np.float32))

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

    def _run(self, rows_NF: NDArray[Any]) -> NDArray[np.float32]:
        values = self._booster.inplace_predict(
            rows_NF, predict_type=self._predict_type, validate_features=False
        )
        return np.asarray(values, dtype=np.float32)

    def _nothing(self) -> NDArray[np.float32]:
        shape = self.manifest.outputs[0].shape
        return np.empty([0, *[max(side, 0) for side in shape[1:]]], dtype=np.float32)


def _model_file(bundle: Bundle) -> bytes:
    for name in MODEL_FILES:
        if name in bundle.files:
            return bundle.files[name]
    raise BundleError("An xgboost bundle holds 'model.ubj' or 'model.json'; this one does not.")


def _load(content: bytes, threads: int) -> xgboost.Booster:
    booster = xgboost.Booster()
    try:
        booster.load_model(bytearray(content))
    except (xgboost.core.XGBoostError, ValueError) as error:
        raise BundleError(f"XGBoost cannot load the model: {error}") from error
    booster.set_param({"nthread": threads})
    return booster


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
