# made of pentaquark/aio by sdk/generate.py: change that
"""The client: one connection pool, retries, pages; every part of the platform hangs on it."""

import time
from collections.abc import Iterator
from types import TracebackType
from typing import Any, Self

import httpx

from pentaquark.core import calls
from pentaquark.core.calls import Call
from pentaquark.core.errors import UnreachableError
from pentaquark.core.settings import Settings, resolve
from pentaquark.core.version import VERSION
from pentaquark.sync.audit import Audit
from pentaquark.sync.datasets import Datasets
from pentaquark.sync.endpoints import Endpoints
from pentaquark.sync.fraud import Fraud
from pentaquark.sync.jobs import Jobs
from pentaquark.sync.models import Models
from pentaquark.sync.recommendation import Recommendation
from pentaquark.sync.studies import Studies


class Client:
    """A caller of one platform.

    Args:
        api_key, base_url, runtime_url, proxy, ca_bundle: see `Settings`; what is left out is looked up.
        timeout_s: the longest silence of one request.
        max_retries: further attempts after what may pass.
    """

    def __init__(self, settings: Settings | None = None, **options: Any) -> None:
        self.settings = settings or resolve(**options)
        self._http = httpx.Client(
            timeout=httpx.Timeout(self.settings.timeout_s, connect=10.0),
            headers={"User-Agent": f"pentaquark-python/{VERSION}", "Accept": "application/json"},
            verify=self.settings.ca_bundle or True,
            proxy=self.settings.proxy or None,
        )
        self._key = self.settings.api_key
        self._base = self.settings.base_url.rstrip("/")
        self.datasets = Datasets(self)
        self.jobs = Jobs(self)
        self.models = Models(self)
        self.endpoints = Endpoints(self)
        self.recommendation = Recommendation(self)
        self.fraud = Fraud(self)
        self.studies = Studies(self)
        self.audit = Audit(self)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the connections."""
        self._http.close()

    def me(self) -> dict[str, Any]:
        """Return who calls: person, organisation, role, scopes and every action open to this key."""
        return dict(self.request("GET", "/api/v1/me/"))

    def request(self, method: str, path: str, **options: Any) -> Any:
        """Send one request (see `Call`) and return the JSON of its answer; None without a body.

        Raises:
            ApiError: the platform refused; the class follows the status.
            UnreachableError: no answer came.
        """
        return calls.value_of(self.send(Call(method, path, **options)))

    def send(self, call: Call) -> httpx.Response:
        """Send a call, again where that may help, and return the answer with its body read."""
        url = call.path if call.path.startswith("http") else self._base + call.path
        bearer = self._key or self.settings.require_key()
        cut_off = False
        for attempt in range(self.settings.max_retries + 1):
            is_last = attempt == self.settings.max_retries
            try:
                answer = self._http.request(call.method, url, **call.options(bearer))
            except httpx.TransportError as error:
                if is_last or not _may_pass(error):
                    raise unreachable(url, error) from error
                cut_off = True
                time.sleep(calls.pause_s(attempt, None))
                continue
            if answer.is_success:
                return answer
            if is_last or not calls.is_worth_repeating(answer.status_code, was_cut_off=cut_off):
                raise calls.refusal(answer)
            time.sleep(calls.pause_s(attempt, answer.headers.get("Retry-After")))
        raise AssertionError("the last attempt returns or raises")

    def infer(self, url: str, body: bytes, headers: dict[str, str]) -> httpx.Response:
        """Send a prediction to the runtime; it may be repeated, since it changes nothing."""
        call = Call("POST", url, content=lambda: body, headers=headers, is_inference=True)
        return self.send(call)

    def pages(self, path: str, **params: Any) -> Iterator[dict[str, Any]]:
        """Yield the rows of a list over all its pages, asked for as they are needed."""
        following: str | None = path
        while following:
            page = self.request("GET", following, params=params)
            for row in page["results"]:
                yield row
            following, params = page.get("next"), {}

    def stream(self, path: str, **params: Any) -> Iterator[bytes]:
        """Yield the body of an answer in pieces.

        Raises:
            ApiError, UnreachableError: see `request`.
        """
        bearer = self._key or self.settings.require_key()
        options = Call("GET", path, params=params).options(bearer)
        options["headers"]["Accept"] = "*/*"
        try:
            with self._http.stream("GET", self._base + path, **options) as answer:
                if not answer.is_success:
                    answer.read()
                    raise calls.refusal(answer)
                for piece in answer.iter_bytes(2**20):
                    yield piece
        except httpx.TransportError as error:
            raise unreachable(path, error) from error


def unreachable(url: str, error: Exception) -> UnreachableError:
    """Return the error of a request without an answer."""
    if isinstance(error, httpx.TimeoutException):
        return UnreachableError(
            f"{url} gave no answer in time.", remedy="Try again, or give a longer timeout_s."
        )
    return UnreachableError(
        f"{url} cannot be reached: {error or type(error).__name__}.",
        remedy="Check the address and the network; `pq doctor` looks for the cause.",
    )


def _may_pass(error: Exception) -> bool:
    """Say whether a broken request may work when repeated; a bad certificate does not."""
    return "CERTIFICATE" not in str(error) and not isinstance(error, httpx.UnsupportedProtocol)
