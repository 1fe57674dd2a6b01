"""Turns a verified bundle into a predictor, by flavour."""

from collections.abc import Callable, Mapping
from importlib import import_module
from typing import cast

from ml.common.bundle import Bundle, BundleError
from ml.runtime.options import LoadOptions
from ml.runtime.predictor import Predictor

NativeLoader = Callable[[Bundle], Predictor]

_FLAVOURS = {
    "onnx": ("ml.runtime.onnx_predictor", "OnnxPredictor"),
    "xgboost": ("ml.runtime.xgboost_predictor", "XgboostPredictor"),
}
"""Flavour -> (module, class); imported at the first model of the flavour: a runtime that serves no
booster never pays for XGBoost."""
_BYTES_PER_FILE_BYTE = 3
_FIXED_BYTES = 64 * 1024
"""Of the hungriest flavour; see the constants of the same names in onnx_predictor."""


def needed_bytes(bundle: Bundle) -> int:
    """Return what loading the bundle will take at most, before anything is loaded.

    A native loader's own structures are not known here; its predictor says afterwards what they take.
    """
    if bundle.manifest.flavour == "native":
        return bundle.size_bytes
    return bundle.size_bytes * _BYTES_PER_FILE_BYTE + _FIXED_BYTES


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
    if manifest.flavour not in _FLAVOURS:
        raise BundleError(f"This release serves no models of flavour {manifest.flavour!r} yet.")
    module, name = _FLAVOURS[manifest.flavour]
    make = getattr(import_module(module), name)
    return cast("Predictor", make(bundle, options or LoadOptions()))
