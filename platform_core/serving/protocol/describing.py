"""What the protocol says of a model besides its answers: metadata, configuration, statistics.

Each is a dict that is JSON as it stands and, keyword by keyword, the gRPC message of the same name.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Protocol

SERVER = {
    "name": "pentaquark",
    "version": "0.1.0",
    "extensions": [
        "binary_tensor_data",
        "classification",
        "model_configuration",
        "model_repository",
        "model_versions",
        "statistics",
    ],
}
Document = dict[str, Any]


class Tensor(Protocol):
    """An input or output of a model's signature."""

    @property
    def name(self) -> str: ...  # noqa: D102
    @property
    def datatype(self) -> str: ...  # noqa: D102
    @property
    def shape(self) -> tuple[int, ...]: ...  # noqa: D102
    @property
    def optional(self) -> bool: ...  # noqa: D102


class Signature(Protocol):
    """What a model takes and gives, and what runs it."""

    @property
    def flavour(self) -> str: ...  # noqa: D102
    @property
    def inputs(self) -> Iterable[Tensor]: ...  # noqa: D102
    @property
    def outputs(self) -> Iterable[Tensor]: ...  # noqa: D102


@dataclass(frozen=True, slots=True)
class Usage:
    """What a version has done since the runtime loaded it.

    Attributes:
        answered, answered_s: requests answered, and the time from whole body to answer of all together.
        failed: requests refused or failed.
        last_used_at: seconds since the epoch; 0 when never.
        size_bytes: memory it holds now.
    """

    answered: int
    answered_s: float
    failed: int
    last_used_at: float
    size_bytes: int


def metadata(name: str, versions: list[str], signature: Signature) -> Document:
    """Return the model metadata of the protocol."""
    return {
        "name": name,
        "versions": versions,
        "platform": f"pentaquark_{signature.flavour}",
        "inputs": [_tensor(spec) for spec in signature.inputs],
        "outputs": [_tensor(spec) for spec in signature.outputs],
    }


def configuration(name: str, versions: list[str], signature: Signature) -> Document:
    """Return the model configuration of Triton's extension.

    `max_batch_size` 0 means that shapes are stated whole, as they are in every signature here.
    """
    return {
        "name": name,
        "platform": f"pentaquark_{signature.flavour}",
        "backend": signature.flavour,
        "version_policy": {"specific": {"versions": [int(number) for number in versions]}},
        "max_batch_size": 0,
        "input": [_configured(spec) | {"optional": spec.optional} for spec in signature.inputs],
        "output": [_configured(spec) for spec in signature.outputs],
    }


def statistics(name: str, version: str, usage: Usage) -> Document:
    """Return the statistics of one version; what nobody measures here is left at zero."""
    unknown = {"count": 0, "ns": 0}
    return {
        "name": name,
        "version": version,
        "last_inference": int(usage.last_used_at * 1000),
        "inference_count": usage.answered,
        "execution_count": usage.answered,
        "inference_stats": {
            "success": {"count": usage.answered, "ns": int(usage.answered_s * 1e9)},
            "fail": {"count": usage.failed, "ns": 0},
            "queue": unknown,
            "compute_input": unknown,
            "compute_infer": unknown,
            "compute_output": unknown,
            "cache_hit": unknown,
            "cache_miss": unknown,
        },
        "batch_stats": [],
        "memory_usage": [{"type": "CPU", "id": 0, "byte_size": usage.size_bytes}],
    }


def _tensor(spec: Tensor) -> Document:
    return {"name": spec.name, "datatype": spec.datatype, "shape": list(spec.shape)}


def _configured(spec: Tensor) -> Document:
    kind = "STRING" if spec.datatype == "BYTES" else spec.datatype
    return {"name": spec.name, "data_type": f"TYPE_{kind}", "dims": list(spec.shape)}
