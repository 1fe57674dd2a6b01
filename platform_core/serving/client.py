"""Predictions for web processes; imported at the first one, because it needs numpy."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NoReturn
from urllib.parse import quote

import orjson

from platform_core.serving import runtime_link
from platform_core.serving.answers import Prediction
from platform_core.serving.errors import (
    EndpointNotFoundError,
    EndpointNotReadyError,
    PredictionRefusedError,
    RuntimeDownError,
)
from platform_core.serving.protocol import calling
from platform_core.serving.protocol.datatypes import ProtocolError


@dataclass(frozen=True)
class Call:
    """Whom to ask; see `serving.api.predict`."""

    organisation_id: str
    endpoint: str
    alias: str = ""
    version: str = ""
    sticky_key: str = ""
    as_platform: bool = False

    @property
    def path(self) -> str:
        """Address of the prediction."""
        certain = f"/versions/{quote(self.version, safe='')}" if self.version else ""
        return f"/v2/models/{quote(self.endpoint, safe='')}{certain}/infer"

    @property
    def headers(self) -> dict[str, str]:
        """Who asks, and the wish."""
        chosen = {"x-pentaquark-organisation": self.organisation_id}
        if self.alias:
            chosen["x-pentaquark-alias"] = quote(self.alias)
        if self.sticky_key:
            chosen["x-pentaquark-sticky-key"] = quote(self.sticky_key)
        if self.as_platform:
            chosen["x-pentaquark-platform"] = "1"
        return chosen


def predict(
    *, call: Call, inputs: Mapping[str, Any], parameters: Mapping[str, Any], timeout_s: float
) -> Prediction:
    """Call an endpoint; see `serving.api.predict`."""
    try:
        body, json_length = calling.encode_request(inputs, parameters)
    except ProtocolError as error:
        raise PredictionRefusedError(str(error)) from error
    reply = runtime_link.exchange(
        "POST",
        call.path,
        headers=call.headers | {"inference-header-content-length": str(json_length)},
        body=body,
        timeout_s=timeout_s,
    )
    if reply.status != 200:
        _refuse(reply, call.endpoint)
    document, outputs = calling.decode_answer(reply.body, reply.json_length)
    return Prediction(outputs, call.endpoint, document["model_version"], reply.alias)


def describe(*, organisation_id: str, endpoint: str, timeout_s: float) -> dict[str, Any]:
    """Return the endpoint's metadata in the protocol's words: versions, inputs, outputs."""
    reply = runtime_link.exchange(
        "GET",
        f"/v2/models/{quote(endpoint, safe='')}",
        headers={"x-pentaquark-organisation": organisation_id},
        timeout_s=timeout_s,
    )
    if reply.status != 200:
        _refuse(reply, endpoint)
    found: dict[str, Any] = orjson.loads(reply.body)
    return found


def _refuse(reply: runtime_link.Reply, endpoint: str) -> NoReturn:
    try:
        words = str(orjson.loads(reply.body)["error"])
    except (ValueError, KeyError, TypeError):
        words = "The model runtime gave no reason."
    if reply.status == 404:
        raise EndpointNotFoundError(words)
    if reply.status in {400, 413}:
        raise PredictionRefusedError(words)
    if reply.status == 503:
        raise EndpointNotReadyError(words, remedy="Try again in a moment.", endpoint=endpoint)
    raise RuntimeDownError(words, remedy="Look at the log of the model runtime.")
