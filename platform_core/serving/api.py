"""Public door of serving: endpoints, predictions through the runtime, and the runtime's state.

Nothing here imports numpy or a model framework before the first prediction.
"""

from collections.abc import Mapping
from typing import Any

from platform_core.accounts.api import Actor, Organisation
from platform_core.serving.answers import LoadedModel, Prediction
from platform_core.serving.errors import (
    EndpointNotFoundError,
    EndpointNotReadyError,
    PredictionRefusedError,
    PredictionTimeoutError,
    RuntimeDownError,
)
from platform_core.serving.loaders import register_loader
from platform_core.serving.models import Endpoint
from platform_core.serving.selectors import endpoints, get_endpoint
from platform_core.serving.services import create_endpoint, delete_endpoint, ensure_endpoint

__all__ = [
    "Endpoint",
    "EndpointNotFoundError",
    "EndpointNotReadyError",
    "LoadedModel",
    "Prediction",
    "PredictionRefusedError",
    "PredictionTimeoutError",
    "RuntimeDownError",
    "create_endpoint",
    "delete_endpoint",
    "endpoints",
    "ensure_endpoint",
    "get_endpoint",
    "predict",
    "register_loader",
    "runtime_state",
]


def predict(
    *,
    actor: Actor,
    endpoint: str,
    inputs: Mapping[str, Any],
    parameters: Mapping[str, Any] | None = None,
    timeout_s: float = 10,
) -> Prediction:
    """Call an endpoint of the actor's organisation through the runtime's Unix socket.

    Args:
        actor: needs `prediction.call`.
        endpoint: its name.
        inputs: tensor name -> numpy array (sent as binary; `object` arrays hold str or bytes), or
            nested list (sent as JSON, given the datatype of the model's signature).
        parameters: JSON-able request parameters, handed to the predictor.
        timeout_s: how long to wait for the answer.

    Raises:
        EndpointNotFoundError: no such endpoint in the organisation.
        EndpointNotReadyError: it has no version that can answer now (503).
        PredictionRefusedError: the model cannot take these inputs (400).
        PredictionTimeoutError, RuntimeDownError: no answer (503).
    """
    from platform_core.serving import client  # noqa: PLC0415  (numpy: only processes that predict)

    actor.require("prediction.call")
    return client.predict(
        organisation_id=str(actor.organisation.pk),
        endpoint=endpoint,
        inputs=inputs,
        parameters=parameters or {},
        timeout_s=timeout_s,
    )


def runtime_state(*, organisation: Organisation | None = None) -> list[LoadedModel]:
    """Return every model version the runtime knows, most recently used first.

    Args:
        organisation: only its models; None means all (for the operators' console).

    Raises:
        RuntimeDownError: the runtime does not answer.
    """
    from platform_core.serving import runtime_link  # noqa: PLC0415  (keeps http.client out of start-up)

    return runtime_link.state(organisation_id=str(organisation.pk) if organisation else "")
