"""Turns a verified bundle into a predictor, by flavour."""

from collections.abc import Callable, Mapping
from importlib import import_module
from typing import cast

from ml.common.bundle import Bundle, BundleError
from ml.runtime.instances import InstanceGroup
from ml.runtime.options import LoadOptions
from ml.runtime.predictor import Predictor

NativeLoader = Callable[[Bundle], Predictor]

_FLAVOURS = {
    "onnx": ("ml.runtime.onnx_predictor", "OnnxPredictor"),
    "xgboost": ("ml.runtime.xgboost_predictor", "XgboostPredictor"),
    "torch": ("ml.runtime.torch_predictor", "TorchPredictor"),
    "keras": ("ml.runtime.keras_predictor", "KerasPredictor"),
}
"""Flavour -> (module, class); imported at the first model of the flavour: a runtime that serves no
booster never pays for XGBoost, one without torch programs never for torch."""
_FIXED_BYTES = 128 * 1024
"""Of a session beside its weights; it holds those once (ONNX Runtime 1.32: 110 KB for a network of 39 KB,
16.87 MB for one of 16.79 MB). What a load really held is measured when it is done."""


def needed_bytes(bundle: Bundle) -> int:
    """Return about what the loaded bundle will hold, before anything is loaded.

    A native loader's own structures are not known here; its predictor says afterwards what they take.
    """
    if bundle.manifest.flavour == "native":
        return bundle.size_bytes
    instances = LoadOptions().of(bundle.manifest).instances
    return instances * (bundle.size_bytes + _FIXED_BYTES)


def prepare(flavour: str) -> None:
    """Import a flavour's library, so that it is not counted to the first model that needs it."""
    if flavour in _FLAVOURS:
        import_module(_FLAVOURS[flavour][0])


def load(
    bundle: Bundle,
    native_loaders: Mapping[str, NativeLoader],
    options: LoadOptions | None = None,
) -> Predictor:
    """Load a bundle whose signature was already verified.

    Args:
        bundle: manifest and files in memory.
        native_loaders: loader name -> function, for the flavour `native`.
        options: threads and device.

    Raises:
        BundleError: no loader for it, or the flavour's library cannot read the files.
    """
    manifest = bundle.manifest
    if manifest.flavour == "native":
        if manifest.loader not in native_loaders:
            raise BundleError(f"No application registered the native loader {manifest.loader!r}.")
        return native_loaders[manifest.loader](bundle)
    module, name = _FLAVOURS[manifest.flavour]
    make = getattr(import_module(module), name)
    chosen = (options or LoadOptions()).of(manifest)
    if chosen.instances > 1:
        return InstanceGroup(lambda: cast("Predictor", make(bundle, chosen)), chosen.instances)
    return cast("Predictor", make(bundle, chosen))
