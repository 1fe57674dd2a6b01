"""The loader `fraud`: answers requests for scores and, when asked, for contributions.

Margins come from ONNX Runtime where the model's network answers within 1e-5 of the model itself, tried on
probes at load; else from the model natively. No torch in the process that serves.

Shapes: N rows, F features.
"""

from collections.abc import Callable, Mapping
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

from ml.common import seeds
from ml.common.bundle import Bundle, BundleError
from ml.fraud import packing
from ml.fraud.errors import ModelStateError
from ml.fraud.examples import Floats
from ml.runtime.onnx_predictor import open_session
from ml.runtime.options import LoadOptions
from ml.runtime.predictor import PredictionInputError, Tensors
from ml.runtime.signature import InputSignature

TOLERANCE = 1e-5
PROBES = 256
MOST_EXPLAINED = 10_000
"""Rows of one request with contributions."""


class FraudPredictor:
    """A served detector.

    `engine` says who gives the margins: `onnx` or `native`. With the request parameter `explain` true the
    answer also holds `contributions`, which add up to the margin (log-odds before calibration).
    """

    def __init__(self, bundle: Bundle) -> None:
        """Load.

        Raises:
            BundleError: the files cannot be loaded or do not fit the manifest.
        """
        self.manifest = bundle.manifest
        try:
            self._parts = packing.unpack(bundle)
        except ModelStateError as error:
            raise BundleError(f"The fraud model cannot be loaded: {error}") from error
        width = len(self._parts.names)
        if [tuple(each.shape) for each in self.manifest.inputs] != [(-1, width)]:
            raise BundleError(f"The model takes {width} features, the manifest says otherwise.")
        self._signature = InputSignature(self.manifest.inputs)
        self._size_bytes = 3 * bundle.size_bytes
        self.engine, self._margins = self._fastest()
        self._model = self._parts.model

    @property
    def size_bytes(self) -> int:
        """Memory of the model, its network and the calibration."""
        return self._size_bytes

    def predict(self, inputs: Tensors, parameters: Mapping[str, Any]) -> dict[str, NDArray[Any]]:
        """Return `score` (N,) and, when `explain` is true, `contributions` (N, F + 1); see Predictor."""
        self._signature.check(inputs)
        features_NF = inputs["features"]
        if np.isinf(features_NF).any():
            features_NF = np.where(np.isinf(features_NF), np.float32(np.nan), features_NF)
        explain = _wants_reasons(parameters, len(features_NF))
        margins_N = self._margins(features_NF) if len(features_NF) else np.empty(0, np.float32)
        outputs: dict[str, NDArray[Any]] = {"score": self._parts.calibration(margins_N)}
        if explain:
            outputs["contributions"] = self._model.contributions(features_NF)
        return outputs

    def warm_up(self) -> None:
        """Answer once with reasons: the first call of a booster configures it."""
        row = self._parts.normal[None]
        self.predict({"features": row}, {"explain": True})

    def _fastest(self) -> tuple[str, Callable[[Floats], Floats]]:
        model = self._parts.model
        network = model.network()
        if network is None:
            return "native", model.margins
        session = open_session(network, LoadOptions(device="cpu"))

        def run(features_NF: Floats) -> Floats:
            return cast("Floats", session.run(["y"], {"x": features_NF}, None)[0])

        probes_NF = _probes(self._parts.normal)
        same = np.allclose(run(probes_NF), model.margins(probes_NF), rtol=TOLERANCE, atol=TOLERANCE)
        return ("onnx", run) if same else ("native", model.margins)


def load_predictor(bundle: Bundle) -> FraudPredictor:
    """Return the predictor of a bundle whose manifest says `loader: fraud`.

    Raises:
        BundleError: the files cannot be loaded.
    """
    return FraudPredictor(bundle)


def _wants_reasons(parameters: Mapping[str, Any], rows: int) -> bool:
    wanted = parameters.get("explain", False)
    if not isinstance(wanted, bool):
        raise PredictionInputError("Parameter 'explain' is true or false.")
    if wanted and rows > MOST_EXPLAINED:
        raise PredictionInputError(
            f"{rows} rows with 'explain' are too many; send {MOST_EXPLAINED} at most per request."
        )
    return wanted


def _probes(normal_F: Floats) -> Floats:
    """Return rows around the normal one at several scales, an eighth of the values missing."""
    rng = seeds.generator(0, "probes")
    shape = (PROBES, len(normal_F))
    scale = 10.0 ** rng.uniform(-2, 2, shape) * np.maximum(np.abs(normal_F), 1.0)
    rows_NF = normal_F + scale * rng.standard_normal(shape)
    rows_NF[rng.random(shape) < 0.125] = np.nan
    return rows_NF.astype(np.float32)
