"""What the serving part hands to its callers."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from numpy.typing import NDArray


@dataclass(frozen=True)
class Prediction:
    """The answer of an endpoint.

    Attributes:
        outputs: name -> array; BYTES tensors are object arrays of `bytes`.
        model_name: the endpoint that was called.
        model_version: number of the version that answered.
        alias: of the model that was chosen; empty when a certain version was asked for.
    """

    outputs: "Mapping[str, NDArray[Any]]"
    model_name: str
    model_version: str
    alias: str = ""

    @property
    def version(self) -> str:
        """Number of the version that answered."""
        return self.model_version


@dataclass(frozen=True)
class LoadedModel:
    """One model version as the runtime holds it.

    Attributes:
        organisation_id: whose it is.
        endpoints: names that answer with it now.
        state: loading | warming | ready | failed | retired.
        error: why the load failed, in words.
        size_bytes: memory it holds.
        hits, failures: requests answered and refused since it was loaded.
        last_used_at, loaded_at: seconds since the epoch; 0 when never.
        load_s, warm_up_s: time spent before it was ready.
        p50_ms, p95_ms, p99_ms: of the requests answered, from the histogram; None without requests.
        mean_ms, model_ms: mean time of a request and of it inside the model; None without requests.
        latency: (upper bound in ms, requests) of each bucket.
        node: the runtime that holds it; empty where there is but one.
    """

    organisation_id: str
    model_name: str
    version: str
    version_id: str
    endpoints: tuple[str, ...]
    flavour: str
    state: str
    error: str
    size_bytes: int
    hits: int
    failures: int
    in_flight: int
    last_used_at: float
    loaded_at: float
    load_s: float
    warm_up_s: float
    p50_ms: float | None
    p95_ms: float | None
    p99_ms: float | None = None
    mean_ms: float | None = None
    model_ms: float | None = None
    latency: tuple[tuple[float, int], ...] = ()
    node: str = ""
