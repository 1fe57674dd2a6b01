"""Which backend Keras takes: read once, when Keras is imported, so it is chosen with this library."""

import json
import os
import sys
from importlib.util import find_spec

_BACKENDS = ("torch", "tensorflow", "jax")


def choose() -> None:
    """Let Keras take PyTorch where it is installed; models are only described here, the platform trains them.

    What was chosen by KERAS_BACKEND stays, and so does a Keras that is loaded.
    """
    if "keras" in sys.modules or "KERAS_BACKEND" in os.environ:
        return
    order: tuple[str, ...] = _BACKENDS
    if (asked := _configured()) not in {None, "tensorflow"}:
        order = (str(asked), *_BACKENDS)  # Keras itself writes "tensorflow" there, installed or not
    os.environ["KERAS_BACKEND"] = next((name for name in order if find_spec(name)), "numpy")


def _configured() -> str | None:
    home = os.environ.get("KERAS_HOME") or os.path.expanduser("~/.keras")  # noqa: PTH111  (pathlib costs ms)
    try:
        with open(os.path.join(home, "keras.json"), encoding="utf-8") as file:  # noqa: PTH118, PTH123
            return str(json.load(file).get("backend"))
    except (OSError, ValueError, AttributeError):
        return None
