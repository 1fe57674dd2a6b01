"""Predictions of ONNX models by ONNX Runtime."""

import logging
import threading
from collections.abc import Mapping
from typing import Any

import numpy as np
import onnxruntime as ort
from numpy.typing import NDArray
from onnxruntime.capi import onnxruntime_pybind11_state as native

from ml.common.bundle import Bundle, BundleError, Manifest, TensorSpec
from ml.runtime.options import LoadOptions
from ml.runtime.predictor import PredictionInputError, Tensors
from ml.runtime.signature import InputSignature

MODEL_FILE = "model.onnx"
_log = logging.getLogger(__name__)
_SESSION_BYTES = 64 * 1024
"""Of a session beside its weights: measured with 39 KB and 16.8 MB networks, ONNX Runtime 1.32, Linux."""
_UNBOUNDED = (b"Loop", b"ConstantOfShape", b"Range", b"Expand", b"Tile")
"""Operators whose work the values of a request decide, not its size."""
_MOST_S = 60.0

_ONNX_TYPES = {
    "tensor(bool)": "BOOL",
    "tensor(uint8)": "UINT8",
    "tensor(uint16)": "UINT16",
    "tensor(uint32)": "UINT32",
    "tensor(uint64)": "UINT64",
    "tensor(int8)": "INT8",
    "tensor(int16)": "INT16",
    "tensor(int32)": "INT32",
    "tensor(int64)": "INT64",
    "tensor(float16)": "FP16",
    "tensor(float)": "FP32",
    "tensor(double)": "FP64",
    "tensor(string)": "BYTES",
}


class OnnxPredictor:
    """One ONNX Runtime session; `run` is safe from several threads.

    Attributes:
        work_is_bounded: a small request cannot take long, whatever it says.
    """

    def __init__(self, bundle: Bundle, options: LoadOptions) -> None:
        """Load `model.onnx` of the bundle.

        Raises:
            BundleError: no such file, not an ONNX model, or its tensors are not the manifest's.
        """
        self.manifest: Manifest = bundle.manifest
        content = _model_file(bundle)
        self._session = open_session(content, options)
        _compare("input", self.manifest.inputs, self._session.inputs_meta)
        _compare("output", self.manifest.outputs, self._session.outputs_meta)
        self._size_bytes = len(content) + _SESSION_BYTES
        self.work_is_bounded = not any(operator in content for operator in _UNBOUNDED)
        self._signature = InputSignature(self.manifest.inputs)
        self._output_names = [spec.name for spec in self.manifest.outputs]
        self._texts_in = [s.name for s in self.manifest.inputs if s.datatype == "BYTES"]
        self._texts_out = [s.name for s in self.manifest.outputs if s.datatype == "BYTES"]

    @property
    def size_bytes(self) -> int:
        """Weights plus the session's own memory."""
        return self._size_bytes

    @property
    def device(self) -> str:
        """`cuda` or `cpu`."""
        return "cuda" if "CUDAExecutionProvider" in self._session.get_providers() else "cpu"

    def predict(self, inputs: Tensors, parameters: Mapping[str, Any]) -> dict[str, NDArray[Any]]:
        """Run the network on one request; see Predictor."""
        self._signature.check(inputs)
        if self._texts_in:
            inputs = {**inputs, **{name: _decode(name, inputs[name]) for name in self._texts_in}}
        try:
            values = self._run(inputs)
        except native.InvalidArgument as error:
            raise PredictionInputError(f"The network refused the inputs: {error}") from error
        outputs = dict(zip(self._output_names, values, strict=True))
        for name in self._texts_out:
            outputs[name] = _encode(outputs[name])
        return outputs

    def _run(self, inputs: Tensors) -> Any:
        """Run the network; one that a request could keep busy for ever is ended."""
        if self.work_is_bounded:
            return self._session.run(self._output_names, inputs, None)
        ending = ort.RunOptions()
        clock = threading.Timer(_MOST_S, setattr, (ending, "terminate", True))
        clock.daemon = True
        clock.start()
        try:
            return self._session.run(self._output_names, inputs, ending)
        except native.Fail as error:
            if not ending.terminate:
                raise
            raise PredictionInputError(f"The network took longer than {_MOST_S:g} s.") from error
        finally:
            clock.cancel()


def _model_file(bundle: Bundle) -> bytes:
    if MODEL_FILE not in bundle.files:
        raise BundleError(f"An onnx bundle holds {MODEL_FILE!r}; this one does not.")
    return bundle.files[MODEL_FILE]


def open_session(content: bytes, options: LoadOptions) -> Any:
    """Return the session of a network: onnxruntime's own object, without the Python class around it.

    That class keeps the file's bytes for a second try on another device, and checks names that the signature
    has checked already (a quarter of the time of a tiny network).

    Raises:
        BundleError: ONNX Runtime cannot read it.
    """
    settings = ort.SessionOptions()
    settings.intra_op_num_threads = options.threads
    settings.inter_op_num_threads = 1
    settings.log_severity_level = 3
    # an arena would keep the memory of the largest request until the model goes
    settings.enable_cpu_mem_arena = False
    # idle threads of a spinning pool would take the CPU of the other models
    settings.add_session_config_entry("session.intra_op.allow_spinning", "0")
    try:
        session = native.InferenceSession(settings, content, False, False)  # noqa: FBT003  (not a path; no config in it)
        session.initialize_session(_providers(options.device), [], set())
    except Exception as error:  # ONNX Runtime raises a dozen unrelated classes of its own
        raise BundleError(f"ONNX Runtime cannot load the model: {error}") from error
    return session


def _providers(device: str) -> list[str]:
    available = ort.get_available_providers()
    if device == "cuda" and "CUDAExecutionProvider" not in available:
        _log.warning(
            "The model asks for a GPU; ONNX Runtime finds none here, so it runs on the CPU."
        )
    wanted = ["CPUExecutionProvider"]
    if device != "cpu" and "CUDAExecutionProvider" in available:
        wanted.insert(0, "CUDAExecutionProvider")
    return wanted


def _compare(side: str, specs: tuple[TensorSpec, ...], nodes: list[Any]) -> None:
    """Refuse a manifest that promises tensors the network does not have."""
    found = {node.name: _ONNX_TYPES.get(node.type, node.type) for node in nodes}
    for spec in specs:
        if spec.name not in found:
            raise BundleError(f"The network has no {side} {spec.name!r}; it has {sorted(found)}.")
        if found[spec.name] != spec.datatype:
            raise BundleError(
                f"{side.capitalize()} {spec.name!r} is {found[spec.name]} in the network, "
                f"{spec.datatype} in the manifest."
            )


def _decode(name: str, array: NDArray[Any]) -> NDArray[Any]:
    """Turn bytes into the str objects ONNX Runtime takes."""
    texts = np.empty(array.size, dtype=object)
    try:
        texts[:] = [value.decode() if isinstance(value, bytes) else value for value in array.flat]
    except UnicodeDecodeError as error:
        raise PredictionInputError(f"Input {name!r} holds bytes that are not UTF-8.") from error
    return texts.reshape(array.shape)


def _encode(array: NDArray[Any]) -> NDArray[Any]:
    encoded = np.empty(array.size, dtype=object)
    encoded[:] = [value.encode() for value in array.flat]
    return encoded.reshape(array.shape)
