"""Files on their way in: encrypted into the object store while they are received, never whole in memory."""

import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import BinaryIO

from django.db import transaction

from platform_core.accounts.api import Actor, Organisation
from platform_core.datasets import parts
from platform_core.datasets.errors import UploadMissingError, UploadTooLargeError
from platform_core.datasets.models import SourceFile
from platform_core.datasets.params import GIB, MAX_FILE_BYTES
from platform_core.vault import api as vault

_PIECE_BYTES = 2**20


@dataclass(frozen=True)
class Upload:
    """A file received whole: `id` of its row, its name, its size before encryption."""

    id: uuid.UUID
    filename: str
    size_bytes: int


class IncomingFile:
    """One file being received: write pieces, then `complete()`, or `discard()` at any time."""

    def __init__(self, *, actor: Actor, filename: str, number: int = 0) -> None:
        actor.require("dataset.upload")
        self._row = new_row(actor=actor, filename=filename, number=number)
        self._writer = vault.open_writer(
            data_key=self._row.data_key, path=self._row.path, context=self._row.context
        )

    def write(self, piece: bytes) -> None:
        """Encrypt and store a piece.

        Raises:
            UploadTooLargeError: the file has grown beyond the limit.
        """
        self._row.size_bytes += len(piece)
        if self._row.size_bytes > MAX_FILE_BYTES:
            raise UploadTooLargeError(
                f"{self._row.filename} is larger than {MAX_FILE_BYTES // GIB} GiB.",
                remedy="Split it into several files of one data set, or compress it.",
            )
        self._writer.write(piece)

    def complete(self) -> Upload:
        """Make the object visible and say so in its row."""
        self._writer.close()
        self._row.complete = True
        self._row.save(update_fields=["size_bytes", "complete"])
        return Upload(self._row.pk, self._row.filename, self._row.size_bytes)

    def discard(self) -> None:
        """Leave nothing behind; harmless after `complete` and when repeated."""
        if not self._row.complete:
            self._writer.abort()
        remove([self._row])


def new_row(*, actor: Actor, filename: str, **fields: int) -> SourceFile:
    """Make the row and the key of a file that is going to arrive."""
    row_id = uuid.uuid4()
    name = PurePosixPath(filename.replace("\\", "/")).name[:255] or "file"
    with transaction.atomic():
        data_key = vault.create_data_key(organisation=actor.organisation, purpose="upload")
        return SourceFile.objects.create(
            id=row_id,
            organisation=actor.organisation,
            filename=name,
            path=f"{actor.organisation.pk}/uploads/{row_id}",
            data_key=data_key,
            **fields,
        )


def remove(files: Iterable[SourceFile]) -> None:
    """Delete uploaded files: key first, so that a crash in between leaves only unreadable bytes."""
    for file in files:
        with transaction.atomic():
            SourceFile.objects.filter(pk=file.pk).update(consumed=True)
            vault.shred(data_key=file.data_key)
        remove_objects(file)
        SourceFile.objects.filter(pk=file.pk).delete()


def remove_objects(file: SourceFile) -> None:
    """Delete the ciphertext of a file."""
    if file.part_bytes:
        vault.delete_objects_below(file.path)
    else:
        vault.delete_object(file.path)


def upload_bytes(*, actor: Actor, filename: str, stream: BinaryIO) -> Upload:
    """Take in a file from a program (demo, connectors) as the upload route does.

    Args:
        actor: needs dataset.upload.
        filename: its ending and its content decide how it is read.
        stream: read to its end in pieces of 1 MiB.
    """
    incoming = IncomingFile(actor=actor, filename=filename)
    try:
        while piece := stream.read(_PIECE_BYTES):
            incoming.write(piece)
        return incoming.complete()
    except BaseException:
        incoming.discard()
        raise


def discard(uploads: Iterable[Upload]) -> None:
    """Delete uploads that no data set took; those taken are left alone."""
    ids = [upload.id for upload in uploads]
    remove(SourceFile.objects.filter(pk__in=ids, version=None).select_related("data_key"))


def read_upload(*, organisation: Organisation, upload_id: uuid.UUID, at_most: int) -> bytes:
    """Return a received file that is no data set (a model to import), whole and in the clear.

    Raises:
        UploadMissingError: there is no such file, or it was removed.
        UploadTooLargeError: it is larger than `at_most` bytes.
    """
    row = _free(organisation, upload_id)
    if row is None:
        raise UploadMissingError("The uploaded file is gone.", remedy="Send it again.")
    if row.size_bytes > at_most:
        raise UploadTooLargeError(f"{row.filename} is larger than {at_most // 2**20} MiB.")
    with parts.open_source(row) as reader:
        return reader.read()


def remove_upload(*, organisation: Organisation, upload_id: uuid.UUID) -> None:
    """Shred and delete a received file that is no data set; harmless when repeated."""
    row = _free(organisation, upload_id)
    if row is not None:
        remove([row])


def _free(organisation: Organisation, upload_id: uuid.UUID) -> SourceFile | None:
    rows = SourceFile.objects.select_related("data_key").filter(version=None, complete=True)
    return rows.filter(pk=upload_id, organisation=organisation).first()
