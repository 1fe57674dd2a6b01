"""Uploads in parts: begun, sent part by part, gone on with after a kill, swept after a day."""

import uuid
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import BinaryIO

from django.db import IntegrityError, transaction

from platform_core.accounts.api import Actor
from platform_core.audit import api as audit
from platform_core.datasets import parts, uploading
from platform_core.datasets.errors import (
    UploadError,
    UploadLimitError,
    UploadMissingError,
    UploadTooLargeError,
)
from platform_core.datasets.models import SourceFile, UploadPart
from platform_core.datasets.params import GIB, MAX_FILE_BYTES, MAX_FILES
from platform_core.datasets.uploading import Upload
from platform_core.vault import api as vault

MAX_WAITING = 200
"""Files of an organisation that are being sent, or wait for their data set."""
KEPT = timedelta(days=1)
_PIECE_BYTES = 2**20


def begin(*, actor: Actor, filename: str, size_bytes: int) -> SourceFile:
    """Begin a file of a known size.

    Args:
        actor: needs dataset.upload.
        filename: its ending and its content decide how it is read.
        size_bytes: of the whole file.

    Raises:
        UploadTooLargeError, UploadLimitError, PermissionDeniedError.
    """
    actor.require("dataset.upload")
    if size_bytes > MAX_FILE_BYTES:
        raise UploadTooLargeError(
            f"{filename[:200]} is larger than {MAX_FILE_BYTES // GIB} GiB.",
            remedy="Split it into several files of one data set, or compress it.",
        )
    waiting = SourceFile.objects.owned_by(actor.organisation).filter(version=None)
    if waiting.count() >= MAX_WAITING:
        raise UploadLimitError(
            f"{MAX_WAITING} files are being sent or wait for their data set.",
            remedy="Create the data sets, or delete uploads that are not needed.",
        )
    with transaction.atomic():
        row = uploading.new_row(
            actor=actor, filename=filename, size_bytes=size_bytes, part_bytes=parts.PART_BYTES
        )
        audit.record(
            actor=actor,
            action="dataset.upload",
            target=f"upload:{row.pk}",
            details={"bytes": size_bytes},
        )
    return row


def get(*, actor: Actor, upload_id: object) -> SourceFile:
    """Return an upload in parts that no data set took yet.

    Raises:
        UploadMissingError: there is none in the organisation.
    """
    actor.require("dataset.upload")
    rows = SourceFile.objects.owned_by(actor.organisation).select_related("data_key")
    found = rows.filter(pk=_uuid(upload_id), version=None, part_bytes__gt=0).first()
    if found is None:
        raise UploadMissingError("There is no such upload.", remedy="Send the file again.")
    return found


def receive(*, actor: Actor, upload: SourceFile, number: int, stream: BinaryIO) -> None:
    """Take in one part; one that is there already is read and dropped.

    Raises:
        UploadError: no such part, or not its length.
    """
    actor.require("dataset.upload")
    if not 0 <= number < parts.count(upload):
        raise UploadError(
            f"The file has no part {number}.", remedy=f"Parts are 0 to {parts.count(upload) - 1}."
        )
    if UploadPart.objects.filter(source=upload, number=number).exists():
        while stream.read(_PIECE_BYTES):
            pass
        return
    _write(upload, number, stream)
    try:
        with transaction.atomic():
            UploadPart.objects.create(source=upload, number=number)
            locked = SourceFile.objects.select_for_update().get(pk=upload.pk)
            locked.complete = locked.parts.count() == parts.count(locked)
            locked.save(update_fields=["complete"])
    except (IntegrityError, SourceFile.DoesNotExist) as error:  # sent twice at once, or deleted
        if not SourceFile.objects.filter(pk=upload.pk).exists():
            vault.delete_object(parts.path(upload, number))
            raise UploadMissingError("The upload was deleted.") from error


def _write(upload: SourceFile, number: int, stream: BinaryIO) -> None:
    wanted = parts.length(upload, number)
    writer = vault.open_writer(
        data_key=upload.data_key,
        path=parts.path(upload, number),
        context=parts.context(upload, number),
    )
    try:
        left = wanted
        while left and (piece := stream.read(min(_PIECE_BYTES, left))):
            writer.write(piece)
            left -= len(piece)
        if left or stream.read(1):
            raise UploadError(  # noqa: TRY301  (the writer is aborted below)
                f"Part {number} of the file has {wanted} bytes; other were sent.",
                remedy="Send the part again, whole.",
            )
        writer.close()
    except BaseException:
        writer.abort()
        raise


def received_parts(upload: SourceFile) -> list[int]:
    """Return the numbers of the parts that are there."""
    return list(upload.parts.values_list("number", flat=True))


def expires_at(upload: SourceFile) -> datetime:
    """Return when an upload may be swept that no data set took."""
    return upload.created_at + KEPT


def delete(*, actor: Actor, upload: SourceFile) -> None:
    """Shred and delete an upload."""
    actor.require("dataset.upload")
    audit.record(actor=actor, action="dataset.upload_delete", target=f"upload:{upload.pk}")
    uploading.remove([upload])


def whole(*, actor: Actor, ids: Sequence[uuid.UUID]) -> list[Upload]:
    """Return uploads received whole, for a data set to take, in the order of `ids`.

    Raises:
        UploadMissingError, UploadError.
    """
    if len(ids) > MAX_FILES:
        raise UploadError(f"At most {MAX_FILES} files are taken at once.", field="uploads")
    found = []
    for each in ids:
        row = get(actor=actor, upload_id=each)
        if not row.complete:
            raise UploadError(
                f"{row.filename} was not sent to its end.",
                remedy="Send the parts that are missing.",
                field="uploads",
            )
        found.append(Upload(row.pk, row.filename, row.size_bytes))
    return found


def _uuid(key: object) -> uuid.UUID:
    try:
        return uuid.UUID(str(key))
    except ValueError:
        return uuid.UUID(int=0)
