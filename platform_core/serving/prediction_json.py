"""The JSON convenience form of predictions, for the web: nested lists in, nested lists out."""

import math
from collections.abc import Mapping
from typing import Any

from platform_core.accounts.api import Actor
from platform_core.serving import api as serving
from platform_core.serving.errors import PredictionRefusedError


def predict(*, actor: Actor, endpoint: str, request: Mapping[str, Any]) -> dict[str, Any]:
    """Answer `{"inputs": {name: nested list}, "parameters": {...}}`.

    Raises:
        PlatformError: as `serving.api.predict`.
    """
    found = serving.predict(
        actor=actor,
        endpoint=endpoint,
        inputs=request["inputs"],
        parameters=request.get("parameters") or {},
    )
    return {
        "endpoint": endpoint,
        "model_version": found.model_version,
        "outputs": {name: _nested(array.tolist(), name) for name, array in found.outputs.items()},
    }


def _nested(value: Any, name: str) -> Any:
    """Return JSON for nested lists of a tensor: NaN and infinities as null, bytes as text."""
    if isinstance(value, list):
        return [_nested(each, name) for each in value]
    if isinstance(value, float) and not math.isfinite(value):
        return None
    if isinstance(value, bytes):
        try:
            return value.decode()
        except UnicodeDecodeError as error:
            raise PredictionRefusedError(
                f"Output “{name}” holds bytes that are not text.",
                remedy="Call the endpoint at the runtime's own address and ask for binary data.",
            ) from error
    return value
