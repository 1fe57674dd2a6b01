"""A version as one file: a tar of the signed statement, the signature and the bundle's files, streamed.

Whoever receives it checks the signature over `statement.json` with the public key, then every file against
the SHA-256 in the statement's manifest.
"""

import io
import json
import tarfile
from collections.abc import Iterator

from platform_core.accounts.api import Actor
from platform_core.audit import api as audit
from platform_core.registry import bundles, rendering, statements
from platform_core.registry.errors import VersionDeletedError
from platform_core.registry.models import ModelVersion

_PIECE_BYTES = 2**20


def export_version(*, actor: Actor, version: ModelVersion) -> Iterator[bytes]:
    """Return the pieces of the tar; decrypted as they are sent, never whole in memory.

    Args:
        actor: needs `model.register`; the weights leave the platform.
        version: ready, with a signature that holds.

    Raises:
        VersionDeletedError: its key was destroyed.
        BundleInvalidError: the signature does not hold.
    """
    actor.require("model.register")
    if not version.is_ready:
        raise VersionDeletedError(f"{version} was deleted.", remedy="Choose another version.")
    statement = statements.check(version)
    audit.record(
        actor=actor,
        action="model.version.export",
        target=f"modelversion:{version.pk}",
        details={"model": version.model.name, "number": version.number},
    )
    return _pieces(version, list(statement["manifest"]["files"]))


def _pieces(version: ModelVersion, names: list[str]) -> Iterator[bytes]:
    signature = {**rendering.signature(version), "over": statements.PURPOSE.decode()}
    for name, content in (
        ("statement.json", version.statement.encode()),
        ("signature.json", json.dumps(signature, indent=1).encode()),
    ):
        yield from _file(name, len(content), iter([content]))
    for name in names:
        with bundles.open_file(version, name) as reader:
            size = reader.seek(0, io.SEEK_END)
            reader.seek(0)
            yield from _file(f"files/{name}", size, iter(lambda: reader.read(_PIECE_BYTES), b""))
    yield bytes(2 * tarfile.BLOCKSIZE)


def _file(name: str, size: int, content: Iterator[bytes]) -> Iterator[bytes]:
    entry = tarfile.TarInfo(name)
    entry.size, entry.mode = size, 0o644
    yield entry.tobuf()
    yield from content
    yield bytes(-size % tarfile.BLOCKSIZE)
