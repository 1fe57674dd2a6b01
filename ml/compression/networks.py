"""ONNX bundles opened and closed again, all in memory: plaintext of models never touches disk."""

from collections.abc import Mapping
from typing import Any

import onnx

from ml.common.bundle import Bundle, build
from ml.compression.contract import NotApplicableError

MODEL_FILE = "model.onnx"


def open_network(bundle: Bundle) -> onnx.ModelProto:
    """Return the network of an ONNX bundle.

    Raises:
        NotApplicableError: another flavour, or not readable.
    """
    if bundle.manifest.flavour != "onnx":
        raise NotApplicableError(
            f"This works on ONNX models; this one is of the flavour {bundle.manifest.flavour}."
        )
    try:
        network = onnx.load_model_from_string(bundle.files[MODEL_FILE])
        return onnx.shape_inference.infer_shapes(network)
    except (KeyError, ValueError, onnx.shape_inference.InferenceError) as error:
        raise NotApplicableError(f"The network cannot be read: {error}") from error


def with_network(bundle: Bundle, network: onnx.ModelProto) -> Bundle:
    """Return the bundle with another network of the same signature."""
    return with_files(bundle, {MODEL_FILE: network.SerializeToString()})


def with_files(
    bundle: Bundle, files: Mapping[str, bytes], attributes: Mapping[str, Any] | None = None
) -> Bundle:
    """Return the bundle with some files replaced."""
    manifest = bundle.manifest
    return build(
        flavour=manifest.flavour,
        loader=manifest.loader,
        inputs=manifest.inputs,
        outputs=manifest.outputs,
        files={**bundle.files, **files},
        attributes={**manifest.attributes, **(attributes or {})},
    )
