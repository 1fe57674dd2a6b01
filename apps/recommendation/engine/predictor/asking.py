"""What a request asks for, read from its tensors; every refusal names the input."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from apps.recommendation.engine.inputs import flag, limit, text, texts
from ml.runtime.predictor import PredictionInputError, Tensors

MAX_USERS = 1_000
MAX_SCORED = 100_000
MAX_K = 1_000
MAX_HISTORY = 10_000
MAX_LISTED = 10_000
_MAX_JSON = {"filter": 64 * 2**10, "rules": 2**20, "standing_rules": 8 * 2**20}


@dataclass(frozen=True)
class Ask:
    """A question for recommendations.

    Attributes:
        users: whose.
        recent: for each user, items to count as touched, latest first.
        told: for each user, attributes as a JSON object; empty when nothing was told.
        filter, rules, standing: JSON; empty when not given.
        include: only these items may be answered; None = all.
        exclude: these may not.
    """

    users: list[str]
    recent: list[list[str]]
    told: list[Mapping[str, Any]]
    k: int
    exclude_seen: bool
    filter: str
    rules: str
    standing: str
    include: list[str] | None
    exclude: list[str]
    diversity: float
    explain: bool


def read(inputs: Tensors) -> Ask:
    """Return the question.

    Raises:
        PredictionInputError: an input is missing or malformed.
    """
    users = texts(inputs, "user", MAX_USERS)
    return Ask(
        users=users,
        recent=recent(inputs, len(users)),
        told=_told(inputs, len(users)),
        k=limit(inputs, MAX_K),
        exclude_seen=flag(inputs, "exclude_seen", default=True),
        filter=json_text(inputs, "filter"),
        rules=json_text(inputs, "rules"),
        standing=json_text(inputs, "standing_rules"),
        include=_listed(inputs, "include") if "include" in inputs else None,
        exclude=_listed(inputs, "exclude") if "exclude" in inputs else [],
        diversity=_share(inputs, "diversity"),
        explain=flag(inputs, "explain", default=False),
    )


def recent(inputs: Tensors, n: int) -> list[list[str]]:
    """Return each JSON list of `history`, latest first; empty ones when it was not sent."""
    raw = _one_each(inputs, "history", n)
    return [_strings(each, "history", MAX_HISTORY) if each else [] for each in raw]


def _told(inputs: Tensors, n: int) -> list[Mapping[str, Any]]:
    found: list[Mapping[str, Any]] = []
    for raw in _one_each(inputs, "attributes", n):
        told = _loaded(raw) if raw else {}
        if not isinstance(told, dict):
            raise PredictionInputError("The input 'attributes' must hold JSON objects.")
        found.append(told)
    return found


def _one_each(inputs: Tensors, name: str, n: int) -> list[str]:
    if name not in inputs:
        return [""] * n
    raw = texts(inputs, name, MAX_USERS)
    if len(raw) != n:
        raise PredictionInputError(
            f"The input {name!r} has {len(raw)} values for {n} users; send one each."
        )
    return raw


def json_text(inputs: Tensors, name: str) -> str:
    """Return a JSON input as text, empty when it was not sent.

    Raises:
        PredictionInputError: it is longer than such an input may be.
    """
    raw = text(inputs, name, "")
    if len(raw) > _MAX_JSON[name]:
        raise PredictionInputError(
            f"The input {name!r} is longer than {_MAX_JSON[name]} characters."
        )
    return raw


def _listed(inputs: Tensors, name: str) -> list[str]:
    return _strings(text(inputs, name, "[]"), name, MAX_LISTED)


def _strings(raw: str, name: str, most: int) -> list[str]:
    listed = _loaded(raw)
    if not isinstance(listed, list) or len(listed) > most:
        raise PredictionInputError(
            f"The input {name!r} must hold JSON lists of at most {most} item ids."
        )
    return [str(each) for each in listed]


def _loaded(raw: str) -> Any:
    """Return the document; None where the text is not JSON, which no input may be."""
    try:
        return json.loads(raw)
    except (ValueError, RecursionError):
        return None


def _share(inputs: Tensors, name: str) -> float:
    if name not in inputs:
        return 0.0
    values = np.asarray(inputs[name]).ravel()
    if len(values) != 1 or values.dtype.kind not in "fiu" or not 0 <= float(values[0]) <= 1:
        raise PredictionInputError(f"The input {name!r} must be one number from 0 to 1.")
    return float(values[0])
