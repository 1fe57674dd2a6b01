"""Libraries that come as extras."""

import importlib
from typing import Any

from pentaquark.core.errors import MissingExtraError


def needed(module: str, extra: str) -> Any:
    """Import a library, or say how to install it.

    Raises:
        MissingExtraError: it is not installed.
    """
    try:
        return importlib.import_module(module)
    except ImportError as error:
        package = "torch" if extra == "torch" else f"'pentaquark[{extra}]'"
        raise MissingExtraError(
            f"This needs {module.partition('.')[0]}, which is not installed.",
            remedy=f"pip install {package}",
        ) from error
