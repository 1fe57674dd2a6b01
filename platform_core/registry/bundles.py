"""The files of a version in the vault: one encrypted object each."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from platform_core.registry import engine, statements
from platform_core.registry.errors import BundleInvalidError, VersionDeletedError
from platform_core.registry.models import ModelVersion
from platform_core.vault import api as vault

if TYPE_CHECKING:
    from ml.common.bundle import Bundle


def write_files(version: ModelVersion, bundle: "Bundle") -> None:
    """Encrypt every file; when one fails, none stays."""
    try:
        for name, content in bundle.files.items():
            place = _path(version, name)
            with vault.open_writer(
                data_key=version.data_key, path=place, context=_context(version, name)
            ) as writer:
                writer.write(content)
    except BaseException:
        delete_files(version, list(bundle.files))
        raise


def delete_files(version: ModelVersion, names: list[str]) -> None:
    """Remove the objects; absent ones are fine."""
    for name in names:
        vault.delete_object(_path(version, name))


def open_bundle(*, version: ModelVersion) -> "Bundle":
    """Decrypt a bundle into memory: signature first, then checksums, before anything parses a file.

    Args:
        version: which; the row is read anew, so a deletion is noticed.

    Raises:
        VersionDeletedError: its key was destroyed.
        BundleInvalidError: signature, manifest or a file is not what was registered.
    """
    rows = ModelVersion.objects.select_related("model", "data_key")
    row = rows.filter(pk=version.pk, organisation_id=version.organisation_id).first()
    if row is None or not row.is_ready:
        raise VersionDeletedError(f"{version} was deleted.", remedy="Choose another version.")
    manifest = statements.check(row)["manifest"]
    return engine.assemble(manifest, {name: _read(row, name) for name in manifest["files"]})


@contextmanager
def open_file(version: ModelVersion, name: str) -> Iterator[vault.EncryptedReader]:
    """Open one file of a version for reading; it is decrypted as it is read.

    Raises:
        VersionDeletedError: its key was destroyed.
        BundleInvalidError: the file is missing or altered.
    """
    try:
        with vault.open_reader(
            data_key=version.data_key, path=_path(version, name), context=_context(version, name)
        ) as reader:
            yield reader
    except vault.DataKeyShreddedError as error:
        raise VersionDeletedError(f"{version} was deleted.") from error
    except (vault.DecryptionError, vault.ObjectMissingError) as error:
        raise BundleInvalidError(
            f"The file {name} of {version} is missing or altered.",
            remedy="Restore the object store from its backup, or roll back to another version.",
        ) from error


def _read(version: ModelVersion, name: str) -> bytes:
    with open_file(version, name) as reader:
        return reader.read()


def _path(version: ModelVersion, name: str) -> str:
    return f"{version.organisation_id}/models/{version.pk}/{name}"


def _context(version: ModelVersion, name: str) -> dict[str, str]:
    return {"model_version": str(version.pk), "file": name}
