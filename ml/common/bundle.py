"""The bundle: what a trained model is outside the process that trained it.

A bundle is a manifest and named files. Files are data only (safetensors, ONNX, XGBoost JSON/UBJ, `.keras`
in safe mode, JSON): loading one never runs code. The manifest lists every file's SHA-256, so a signature
over the manifest's canonical bytes covers the whole bundle.
"""

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from types import MappingProxyType
from typing import Any

FORMAT_VERSION = 1
FLAVOURS = frozenset({"native", "onnx", "xgboost", "torch", "keras"})
DATATYPES = frozenset(
    {
        "BOOL", "UINT8", "UINT16", "UINT32", "UINT64", "INT8", "INT16", "INT32", "INT64",
        "FP16", "BF16", "FP32", "FP64", "BYTES",
    }
)  # fmt: skip
_FILE_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")


class BundleError(ValueError):
    """The bundle is malformed or a file does not match its manifest."""


@dataclass(frozen=True)
class TensorSpec:
    """One named input or output in Open Inference Protocol terms.

    Attributes:
        name: of the tensor.
        datatype: one of DATATYPES.
        shape: lengths; -1 where any length is accepted.
        optional: True when a request may leave the input out.
    """

    name: str
    datatype: str
    shape: tuple[int, ...]
    optional: bool = False

    def __post_init__(self) -> None:
        if self.datatype not in DATATYPES:
            raise BundleError(f"Tensor {self.name!r}: unknown datatype {self.datatype!r}.")


@dataclass(frozen=True)
class Manifest:
    """Describes a bundle.

    Attributes:
        flavour: which runtime loads it, one of FLAVOURS.
        loader: for the native flavour, the name its application registered (`recommendation`).
        inputs, outputs: the signature.
        attributes: JSON-able facts the predictor needs (hyper-parameters, class names).
        files: file name -> SHA-256 in hex.
    """

    flavour: str
    inputs: tuple[TensorSpec, ...]
    outputs: tuple[TensorSpec, ...]
    loader: str = ""
    attributes: Mapping[str, Any] = field(default_factory=dict)
    files: Mapping[str, str] = field(default_factory=dict)
    format_version: int = FORMAT_VERSION

    def __post_init__(self) -> None:
        if self.flavour not in FLAVOURS:
            raise BundleError(f"Unknown flavour {self.flavour!r}; known: {sorted(FLAVOURS)}.")
        if self.format_version != FORMAT_VERSION:
            raise BundleError(f"Bundle format {self.format_version} is newer than this release.")
        for name in self.files:
            if not _FILE_NAME.fullmatch(name):
                raise BundleError(f"File name {name!r} is not allowed in a bundle.")

    def canonical_bytes(self) -> bytes:
        """Return the bytes that are signed: JSON with sorted keys and no white space."""
        return json.dumps(
            asdict(self), sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False
        ).encode()

    @classmethod
    def from_bytes(cls, raw: bytes) -> "Manifest":
        """Parse canonical bytes.

        Raises:
            BundleError: not a manifest.
        """
        try:
            fields = json.loads(raw)
            for side in ("inputs", "outputs"):
                fields[side] = tuple(
                    TensorSpec(**{**spec, "shape": tuple(spec["shape"])}) for spec in fields[side]
                )
            return cls(**fields)
        except (ValueError, TypeError, KeyError) as error:
            raise BundleError(f"The manifest cannot be read: {error}") from error


@dataclass(frozen=True)
class Bundle:
    """A manifest with its files in memory; `files` maps name -> content."""

    manifest: Manifest
    files: Mapping[str, bytes]

    @property
    def size_bytes(self) -> int:
        """Total size of the files."""
        return sum(len(content) for content in self.files.values())

    def verify(self) -> None:
        """Check every file against the manifest.

        Raises:
            BundleError: a file is missing, unexpected or altered.
        """
        if set(self.files) != set(self.manifest.files):
            raise BundleError("The files of the bundle are not those its manifest lists.")
        for name, content in self.files.items():
            if sha256(content) != self.manifest.files[name]:
                raise BundleError(f"File {name!r} does not match its checksum.")


def sha256(content: bytes) -> str:
    """Return the SHA-256 of `content` in hex."""
    return hashlib.sha256(content).hexdigest()


def build(
    *,
    flavour: str,
    inputs: tuple[TensorSpec, ...],
    outputs: tuple[TensorSpec, ...],
    files: Mapping[str, bytes],
    loader: str = "",
    attributes: Mapping[str, Any] | None = None,
) -> Bundle:
    """Build a bundle, computing the checksums."""
    manifest = Manifest(
        flavour=flavour,
        inputs=inputs,
        outputs=outputs,
        loader=loader,
        attributes=attributes or {},
        files={name: sha256(content) for name, content in files.items()},
    )
    return Bundle(manifest=manifest, files=MappingProxyType(dict(files)))
