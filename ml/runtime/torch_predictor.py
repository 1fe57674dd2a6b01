"""Predictions of PyTorch programs exported with `torch.export` (.pt2)."""

import io
import logging
from collections.abc import Mapping
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch.export.pt2_archive._package import PT2ArchiveWriter

from ml.common.bundle import Bundle, BundleError, Manifest
from ml.runtime.options import LoadOptions
from ml.runtime.predictor import PredictionInputError, Tensors
from ml.runtime.signature import NUMPY_DTYPES, InputSignature
from ml.runtime.torch_archive import made_safe

MODEL_FILE = "model.pt2"
_log = logging.getLogger(__name__)
_TORCH_DTYPES = {"BF16": torch.bfloat16}


class TorchPredictor:
    """One exported program. Inputs are given in the order of the manifest, outputs named in its order."""

    def __init__(self, bundle: Bundle, options: LoadOptions) -> None:
        """Load `model.pt2` of the bundle.

        Raises:
            BundleError: no such file, content that could run code, or no program torch can read.
        """
        self.manifest: Manifest = bundle.manifest
        if any(s.datatype == "BYTES" for s in (*self.manifest.inputs, *self.manifest.outputs)):
            raise BundleError(
                "A torch bundle takes and gives numbers; BYTES tensors it cannot have."
            )
        if MODEL_FILE not in bundle.files:
            raise BundleError(f"A torch bundle holds {MODEL_FILE!r}; this one does not.")
        self._device = chosen_device(options.device)
        torch.set_num_threads(options.threads)
        self._module = _load(bundle.files[MODEL_FILE], self._device)
        self._inputs = [(s.name, _TORCH_DTYPES.get(s.datatype)) for s in self.manifest.inputs]
        self._outputs = [(s.name, NUMPY_DTYPES[s.datatype]) for s in self.manifest.outputs]
        self._signature = InputSignature(self.manifest.inputs)
        self._size_bytes: int = sum(
            tensor.nbytes for tensor in (*self._module.parameters(), *self._module.buffers())
        ) + len(bundle.files[MODEL_FILE])

    @property
    def size_bytes(self) -> int:
        """Weights, and as much again for the program around them."""
        return self._size_bytes

    @property
    def device(self) -> str:
        """`cuda` or `cpu`."""
        return self._device

    def predict(self, inputs: Tensors, parameters: Mapping[str, Any]) -> dict[str, NDArray[Any]]:
        """Run the program on one request; see Predictor."""
        self._signature.check(inputs)
        arguments = [self._tensor(inputs[name], dtype) for name, dtype in self._inputs]
        try:
            with torch.inference_mode():
                values = self._module(*arguments)
        except (RuntimeError, AssertionError) as error:
            raise PredictionInputError(
                f"The program refused the inputs: {_first_line(error)}"
            ) from error
        values = (values,) if isinstance(values, torch.Tensor) else tuple(values)
        return {
            name: _array(value, dtype)
            for (name, dtype), value in zip(self._outputs, values, strict=True)
        }

    def _tensor(self, array: NDArray[Any], dtype: torch.dtype | None) -> torch.Tensor:
        # a copy where numpy's is read-only: torch has no read-only tensors, and a program may write
        own = array if array.flags.writeable and array.flags.c_contiguous else np.array(array)
        return torch.from_numpy(own).to(device=self._device, dtype=dtype)


def chosen_device(wanted: str) -> str:
    """Return `cuda` when it is wanted or allowed and there is one, else `cpu`."""
    if wanted != "cpu" and torch.cuda.is_available():
        return "cuda"
    if wanted == "cuda":
        _log.warning("The model asks for a GPU; torch finds none here, so it runs on the CPU.")
    return "cpu"


def _load(content: bytes, device: str) -> torch.nn.Module:
    records = made_safe(content)
    packed = io.BytesIO()
    with PT2ArchiveWriter(packed) as writer:
        for name, record in records.items():
            if not name.startswith(".") and name not in {
                "byteorder",
                "version",
            }:  # the writer's own
                writer.write_bytes(name, record)
    packed.seek(0)
    try:
        program = torch.export.load(packed)
        if device != "cpu":
            from torch.export.passes import move_to_device_pass  # noqa: PLC0415  (only with a GPU)

            program = move_to_device_pass(program, device)
        return program.module(check_guards=False)
    except Exception as error:  # torch raises a dozen unrelated classes of its own
        raise BundleError(f"torch cannot load the model: {_first_line(error)}") from error


def _array(value: torch.Tensor, dtype: "np.dtype[Any]") -> NDArray[Any]:
    if value.dtype is torch.bfloat16:
        value = value.float()
    array: NDArray[Any] = value.cpu().numpy().astype(dtype, copy=False)
    return array


def _first_line(error: BaseException) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0][:300]
