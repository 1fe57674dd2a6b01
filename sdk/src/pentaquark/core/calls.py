"""What a request is, when it is worth another attempt, and what an answer means."""

import json
import random
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from pentaquark.core.errors import ApiError, error_of

if TYPE_CHECKING:
    import httpx

WORTH_REPEATING = frozenset({429, 502, 503, 504})
_LONGEST_PAUSE_S = 20.0


@dataclass
class Call:
    """One request.

    Attributes:
        method, path: the path begins with a slash; it may be a whole address (the runtime's).
        params: of the query string; None values are left out.
        body: sent as JSON.
        content: makes what is sent as it is, anew for every attempt.
        headers: beside the usual ones.
        timeout_s: the longest silence; None takes the settings'.
        is_inference: it changes nothing, so that it needs no key to be repeated.
    """

    method: str
    path: str
    params: dict[str, Any] = field(default_factory=dict)
    body: Any = None
    content: Callable[[], Any] | None = None
    headers: dict[str, str] = field(default_factory=dict)
    timeout_s: float | None = None
    is_inference: bool = False

    def options(self, bearer: str) -> dict[str, Any]:
        """Return what httpx is to send; a POST carries a key by which the platform knows its repetition."""
        headers = {"Authorization": f"Bearer {bearer}", **self.headers}
        if self.method == "POST" and not self.is_inference:
            headers.setdefault("Idempotency-Key", str(uuid4()))
            self.headers = {"Idempotency-Key": headers["Idempotency-Key"], **self.headers}
        options: dict[str, Any] = {"headers": headers}
        if self.params:
            options["params"] = {n: _text(v) for n, v in self.params.items() if v is not None}
        if self.content is not None:
            options["content"] = self.content()
        elif self.body is not None:
            options["json"] = self.body
        if self.timeout_s is not None:
            options["timeout"] = self.timeout_s
        return options


def _text(value: Any) -> Any:
    if isinstance(value, bool):
        return "true" if value else "false"
    return json.dumps(value) if isinstance(value, dict | list) else value


def pause_s(attempt: int, retry_after: str | None) -> float:
    """Return how long to wait before attempt number `attempt` + 1."""
    if retry_after and retry_after.isdigit():
        return min(float(retry_after), _LONGEST_PAUSE_S)
    return min(0.25 * 2.0**attempt, _LONGEST_PAUSE_S) * (0.5 + random.random() / 2)  # noqa: S311


def is_worth_repeating(status: int, *, was_cut_off: bool) -> bool:
    """Say whether an answer may be better next time; a 409 after a broken attempt: that is still at work."""
    return status in WORTH_REPEATING or (status == 409 and was_cut_off)


def refusal(answer: "httpx.Response") -> ApiError:
    """Return the error of a refused request whose body was read."""
    try:
        problem = answer.json()
    except ValueError:
        problem = None
    if not isinstance(problem, dict):
        words = answer.text.strip()[:300] if "text/plain" in _kind(answer) else ""
        problem = {"detail": words or f"The server answered {answer.status_code}."}
    return error_of(answer.status_code, problem)


def value_of(answer: "httpx.Response") -> Any:
    """Return the JSON of an answer; None when it has no body."""
    return answer.json() if answer.content else None


def _kind(answer: "httpx.Response") -> str:
    return str(answer.headers.get("content-type", ""))
