"""Public door of serving: endpoints, predictions through the runtime, and the runtime's state.

Nothing here imports numpy or a model framework before the first prediction.
"""

from collections.abc import Mapping
from typing import Any

from platform_core.accounts.api import Actor, Organisation
from platform_core.serving import request_log
from platform_core.serving.answers import LoadedModel, Prediction
from platform_core.serving.buckets import from_json as latency_from_json
from platform_core.serving.buckets import quantile_s as latency_quantile_s
from platform_core.serving.canaries import Rules, start_canary, stop_canary
from platform_core.serving.errors import (
    EndpointNotFoundError,
    EndpointNotReadyError,
    PredictionRefusedError,
    PredictionTimeoutError,
    RuntimeDownError,
    WarmUpTooLargeError,
)
from platform_core.serving.judging import Quality
from platform_core.serving.loaders import loaders, register_loader
from platform_core.serving.models import Endpoint, LogBatch, LogDay, TrafficChange, TrafficCount
from platform_core.serving.options import set_options
from platform_core.serving.quality import register_quality
from platform_core.serving.request_log import Body as LogBody
from platform_core.serving.rollback import roll_back
from platform_core.serving.selectors import endpoints, get_endpoint
from platform_core.serving.services import create_endpoint, delete_endpoint, ensure_endpoint
from platform_core.serving.traffic import Plan, set_traffic
from platform_core.serving.warm_up import WarmUpRequest, record_warm_up

__all__ = [
    "Endpoint",
    "EndpointNotFoundError",
    "EndpointNotReadyError",
    "LoadedModel",
    "LogBatch",
    "LogBody",
    "LogDay",
    "Plan",
    "Prediction",
    "PredictionRefusedError",
    "PredictionTimeoutError",
    "Quality",
    "Rules",
    "RuntimeDownError",
    "TrafficChange",
    "TrafficCount",
    "WarmUpRequest",
    "WarmUpTooLargeError",
    "create_endpoint",
    "delete_endpoint",
    "endpoints",
    "ensure_endpoint",
    "get_endpoint",
    "latency_from_json",
    "latency_quantile_s",
    "loaders",
    "predict",
    "record_warm_up",
    "register_loader",
    "register_quality",
    "request_log",
    "roll_back",
    "runtime_state",
    "set_options",
    "set_traffic",
    "start_canary",
    "stop_canary",
]


def predict(  # noqa: PLR0913  (whom, what and how: each is one word at the call)
    *,
    actor: Actor,
    endpoint: str,
    inputs: Mapping[str, Any],
    parameters: Mapping[str, Any] | None = None,
    alias: str | None = None,
    version: str = "",
    sticky_key: str = "",
    as_platform: bool = False,
    timeout_s: float = 10,
) -> Prediction:
    """Call an endpoint of the actor's organisation through the runtime's Unix socket.

    Args:
        actor: needs `prediction.call`.
        endpoint: its name.
        inputs: tensor name -> numpy array (sent as binary; `object` arrays hold str or bytes), or
            nested list (sent as JSON, given the datatype of the model's signature).
        parameters: JSON-able request parameters, handed to the predictor.
        alias: answer with this alias of the endpoint's model instead of its traffic split.
        version: answer with this version number; comes before `alias`.
        sticky_key: calls with equal keys get the same alias for as long as the weights stay.
        as_platform: the inputs are an application's own, not a caller's: they may tell the predictor what
            only the platform may (its `platform_inputs`).
        timeout_s: how long to wait for the answer.

    Raises:
        EndpointNotFoundError: no such endpoint in the organisation, or its model has no such
            version or alias.
        EndpointNotReadyError: it has no version that can answer now (503).
        PredictionRefusedError: the model cannot take these inputs (400).
        PredictionTimeoutError, RuntimeDownError: no answer (503).
    """
    from platform_core.serving import client  # noqa: PLC0415  (numpy: only processes that predict)

    actor.require("prediction.call")
    organisation_id = str(actor.organisation.pk)
    call = client.Call(organisation_id, endpoint, alias or "", version, sticky_key, as_platform)
    return client.predict(
        call=call, inputs=inputs, parameters=parameters or {}, timeout_s=timeout_s
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
