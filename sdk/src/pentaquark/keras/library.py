"""Keras, loaded late, on whichever backend is installed."""

from typing import Any

from pentaquark.core import backend
from pentaquark.core.extras import needed


def library() -> Any:
    """Return Keras.

    Raises:
        MissingExtraError: it is not installed.
    """
    backend.choose()
    return needed("keras", "keras")


class Layers:
    """The layers of Keras by name."""

    def __getattr__(self, name: str) -> Any:
        """Return a class of layers."""
        if name.startswith("_"):
            raise AttributeError(name)
        return getattr(library().layers, name)

    def __dir__(self) -> list[str]:
        return dir(library().layers)
