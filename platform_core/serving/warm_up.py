"""Requests a version is warmed up with before it answers: recorded real ones, else the model's own example.

Recorded requests are customer data: they lie in the vault under the version's own data key, so destroying the
version's key destroys them too.
"""

import base64
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import orjson

from platform_core.accounts.api import Organisation
from platform_core.registry import api as registry
from platform_core.serving.errors import WarmUpTooLargeError
from platform_core.vault import api as vault

MAX_REQUESTS = 16
MAX_BYTES = 4 * 2**20


@dataclass(frozen=True)
class WarmUpRequest:
    """One request to warm up with: `inputs` name -> numpy array, or nested list as in the JSON form."""

    inputs: Mapping[str, Any]
    parameters: Mapping[str, Any] = field(default_factory=dict)


def record_warm_up(
    *, organisation: Organisation, model: str, version: str, requests: Sequence[WarmUpRequest]
) -> None:
    """Keep real requests, encrypted, to warm the version up with; they replace those kept before.

    Args:
        organisation: owns the model.
        model: its name.
        version: its number.
        requests: at most 16, together at most 4 MiB.

    Raises:
        WarmUpTooLargeError: too many or too large.
        VersionNotFoundError, ModelNotFoundError: no such version.
    """
    from platform_core.serving.protocol import calling  # noqa: PLC0415  (numpy: only who records)

    row = registry.resolve(organisation=organisation, name=model, reference=version)
    encoded = [calling.encode_request(each.inputs, each.parameters) for each in requests]
    if len(encoded) > MAX_REQUESTS or sum(len(body) for body, _ in encoded) > MAX_BYTES:
        raise WarmUpTooLargeError(
            f"{len(encoded)} requests of {sum(len(body) for body, _ in encoded):,} bytes are too much.",
            remedy=f"Record at most {MAX_REQUESTS} requests of together {MAX_BYTES // 2**20} MiB.",
        )
    content = [[base64.b64encode(body).decode(), length] for body, length in encoded]
    with vault.open_writer(data_key=row.data_key, path=_path(row), context=_context(row)) as writer:
        writer.write(orjson.dumps(content))


def recorded_bodies(version: registry.ModelVersion) -> list[tuple[bytes, int]]:
    """Return (request body, length of its JSON part) of what was recorded; empty without recordings.

    Raises:
        VaultError: the recording was altered or its key destroyed.
    """
    if not vault.exists(_path(version)):
        return []
    with vault.open_reader(
        data_key=version.data_key, path=_path(version), context=_context(version)
    ) as reader:
        content = orjson.loads(reader.read())
    return [(base64.b64decode(body), length) for body, length in content]


def _path(version: registry.ModelVersion) -> str:
    return f"{version.organisation_id}/warm-up/{version.pk}/requests"


def _context(version: registry.ModelVersion) -> dict[str, str]:
    return {"model_version": str(version.pk), "file": "warm-up requests"}
