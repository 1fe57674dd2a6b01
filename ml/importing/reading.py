"""Reads a model file into a bundle and tries it once."""

from collections.abc import Callable
from importlib import import_module
from typing import cast

from ml.common.bundle import Bundle, BundleError
from ml.importing.errors import ImportRefusedError
from ml.importing.options import ImportOptions
from ml.runtime.loading import load
from ml.runtime.predictor import PredictionInputError
from ml.runtime.signature import synthetic

MAX_BYTES = 512 * 2**20
FORMATS = {
    ".onnx": "ml.importing.onnx_file:read",
    ".ubj": "ml.importing.xgboost_file:read",
    ".json": "ml.importing.xgboost_file:read",
    ".keras": "ml.importing.keras_file:read",
    ".safetensors": "ml.importing.layers_file:read",
}
"""Ending -> reader; imported when it is used: their libraries take seconds."""


def read(filename: str, content: bytes, options: ImportOptions | None = None) -> Bundle:
    """Return the bundle of a model file; its signature is read from the file and proved by one request.

    Args:
        filename: its ending says the format.
        content: the file, at most 512 MiB.
        options: what the file does not say.

    Raises:
        ImportRefusedError: unknown format, unreadable or unsafe content, or a model that fails on zeros.
    """
    ending = filename[filename.rfind(".") :].lower() if "." in filename else ""
    if ending not in FORMATS:
        raise ImportRefusedError(
            f"Models are read from files that end in {', '.join(FORMATS)}; {filename[-60:]!r} does not. "
            "Pickles and .pt files can run code and are never read: export to ONNX or safetensors."
        )
    if len(content) > MAX_BYTES:
        raise ImportRefusedError(f"The file is larger than {MAX_BYTES // 2**20} MiB.")
    module, _, name = FORMATS[ending].partition(":")
    reader = cast("Callable[[bytes, ImportOptions], Bundle]", getattr(import_module(module), name))
    bundle = reader(content, options or ImportOptions())
    _prove(bundle)
    return bundle


def _prove(bundle: Bundle) -> None:
    """Load the bundle and ask it once: a signature that does not hold is found now, not by a customer."""
    try:
        answers = load(bundle, {}).predict(synthetic(bundle.manifest.inputs, length=2), {})
    except (BundleError, PredictionInputError) as error:
        raise ImportRefusedError(f"The model cannot be served: {error}") from error
    for spec in bundle.manifest.outputs:
        if answers[spec.name].ndim != len(spec.shape):
            raise ImportRefusedError(
                f"The output {spec.name!r} has {answers[spec.name].ndim} dimensions, not {len(spec.shape)}."
            )
