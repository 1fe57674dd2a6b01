"""A detector as a bundle and back.

Files: `model.safetensors` (the model's own arrays), `detector.safetensors` (calibration, normal values,
names). Names and normal values are in a file, which is encrypted at rest, and not in the manifest.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from ml.common import arrays
from ml.common.bundle import Bundle, BundleError, TensorSpec, build
from ml.fraud.calibration import Calibration
from ml.fraud.errors import ModelStateError
from ml.fraud.examples import Floats
from ml.fraud.models.contract import Model
from ml.fraud.models.kinds import restore

LOADER = "fraud"
MODEL_FILE, DETECTOR_FILE = "model.safetensors", "detector.safetensors"


@dataclass(frozen=True)
class Parts:
    """What a detector is made of; see `detector.Detector`."""

    model: Model
    calibration: Calibration
    names: tuple[str, ...]
    normal: Floats
    report: dict[str, Any] = field(default_factory=dict)


def pack(parts: Parts, attributes: Mapping[str, Any]) -> Bundle:
    """Return the bundle of a fitted detector."""
    width = len(parts.names)
    text = {"names": list(parts.names), "report": parts.report}
    detector = parts.calibration.to_arrays() | {
        "normal": parts.normal,
        "text": np.frombuffer(json.dumps(text).encode(), dtype=np.uint8),
    }
    return build(
        flavour="native",
        loader=LOADER,
        inputs=(TensorSpec("features", "FP32", (-1, width)),),
        outputs=(
            TensorSpec("score", "FP32", (-1,)),
            TensorSpec("contributions", "FP32", (-1, width + 1), optional=True),
        ),
        files={
            MODEL_FILE: arrays.dump(parts.model.to_arrays()),
            DETECTOR_FILE: arrays.dump(detector),
        },
        attributes={**attributes, "model": parts.model.kind, "features": width},
    )


def unpack(bundle: Bundle) -> Parts:
    """Return the parts of a bundle.

    Raises:
        BundleError: a file is missing or damaged.
        ModelStateError: the files do not fit together.
    """
    try:
        model_arrays = arrays.load(bundle.files[MODEL_FILE])
        named = arrays.load(bundle.files[DETECTOR_FILE])
        text = json.loads(named["text"].tobytes())
        names, report = tuple(text["names"]), dict(text["report"])
        normal_F = np.asarray(named["normal"], dtype=np.float32)
    except (KeyError, ValueError, TypeError) as error:
        raise BundleError(f"The fraud model cannot be loaded: {error}") from error
    model = restore(str(bundle.manifest.attributes.get("model")), model_arrays)
    if not (model.n_features == len(names) == len(normal_F)):
        raise ModelStateError("The model and the detector have different features.")
    return Parts(model, Calibration.from_arrays(named), names, normal_F, report)
