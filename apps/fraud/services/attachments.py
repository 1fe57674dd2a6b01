"""Files of a case: sealed in the object store under the detector's key."""

from django.db import transaction

from apps.fraud.errors import TooManyError
from apps.fraud.models import Case, CaseAttachment
from platform_core.accounts.api import Actor
from platform_core.audit import api as audit
from platform_core.errors import InvalidInputError
from platform_core.vault import api as vault

MAX_BYTES, MAX_FILES, MAX_NAME = 10 * 2**20, 50, 200
TYPES = (
    "application/pdf",
    "image/jpeg",
    "image/png",
    "text/csv",
    "text/plain",
)


def add_attachment(
    *, actor: Actor, case: Case, name: str, content_type: str, content: bytes
) -> CaseAttachment:
    """Seal a file and note it; nothing in the clear reaches a disk.

    Raises:
        InvalidInputError: its name, kind or size is refused.
        TooManyError: the case has too many files.
    """
    actor.require("case.manage")
    _check(name, content_type, content)
    if case.attachments.count() >= MAX_FILES:
        raise TooManyError(f"The case has {MAX_FILES} files.")
    row = CaseAttachment(
        organisation=actor.organisation,
        case=case,
        author=actor.user,
        name=name,
        content_type=content_type,
        size_bytes=len(content),
    )
    key = case.detector.data_key
    with vault.open_writer(data_key=key, path=_path(row), context=_context(row)) as sink:
        sink.write(content)
    with transaction.atomic():
        row.save(force_insert=True)
        _journal(actor, row, "attached")
    return row


def content_of(*, actor: Actor, attachment: CaseAttachment) -> bytes:
    """Return a file in the clear; that it was read is audited.

    Raises:
        DecryptionError: it was altered or moved.
    """
    actor.require("personal.reveal")
    key = attachment.case.detector.data_key
    path, context = _path(attachment), _context(attachment)
    with vault.open_reader(data_key=key, path=path, context=context) as source:
        content = bytes(source.read())
    with transaction.atomic():
        _journal(actor, attachment, "attachment_read")
    return content


def _check(name: str, content_type: str, content: bytes) -> None:
    if not 1 <= len(name.strip()) <= MAX_NAME or set(name) & set("/\\\0\r\n"):
        raise InvalidInputError(f"A file's name has 1 to {MAX_NAME} characters.", field="name")
    if content_type not in TYPES:
        raise InvalidInputError(f"Attach one of {', '.join(TYPES)}.", field="file")
    if not 1 <= len(content) <= MAX_BYTES:
        raise InvalidInputError("A file has 1 byte to 10 MiB.", field="file")


def _path(row: CaseAttachment) -> str:
    return f"{row.organisation_id}/fraud-case/{row.case_id}/{row.pk}"


def _context(row: CaseAttachment) -> dict[str, str]:
    return {"case": str(row.case_id), "attachment": str(row.pk)}


def _journal(actor: Actor, row: CaseAttachment, what: str) -> None:
    audit.record(
        actor=actor,
        action=f"fraud.case.{what}",
        target=f"case:{row.case_id}",
        details={"attachment": str(row.pk), "bytes": row.size_bytes},
    )
