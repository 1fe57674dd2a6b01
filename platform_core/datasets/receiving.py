"""Receives multipart uploads over HTTP: every file goes through the vault while it arrives.

Django's own upload handlers keep a file in memory or in a temporary file, in the clear. This one
does neither. The caller is authenticated and permitted before the first byte of the body is read,
also with a session: the CSRF token is taken from the header (`enforce_csrf_by_header`), since
looking for it in the body would receive the body.
"""

import copy
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, cast

from django.core.files.uploadedfile import UploadedFile
from django.core.files.uploadhandler import FileUploadHandler, StopFutureHandlers
from django.http import QueryDict
from django.http.multipartparser import MultiPartParser as DjangoParser
from django.http.multipartparser import MultiPartParserError
from django.utils.datastructures import MultiValueDict
from django.utils.http import parse_header_parameters
from rest_framework.authentication import BaseAuthentication, CSRFCheck
from rest_framework.exceptions import ParseError, PermissionDenied
from rest_framework.parsers import BaseParser, DataAndFiles
from rest_framework.request import Request

from platform_core.accounts.api import Actor
from platform_core.datasets.errors import UploadError
from platform_core.datasets.params import MAX_FILES
from platform_core.datasets.uploading import IncomingFile, Upload, discard
from platform_core.web.api import ApiView, BoundedJSONParser

FIELD = "files"


class ReceivedFile(UploadedFile):  # type: ignore[type-arg]
    """Stands for a file that is in the object store already."""

    def __init__(self, upload: Upload) -> None:
        super().__init__(name=upload.filename, size=upload.size_bytes)
        self.upload = upload

    def close(self) -> None:
        """Do nothing: there is no open file behind it."""


class _Watched:
    """The body, with its last bytes kept: without the closing boundary it was cut off."""

    def __init__(self, stream: Any, boundary: str) -> None:
        self._stream, self._end = stream, f"--{boundary}--".encode("ascii", "replace")
        self._tail = b""

    def read(self, size: int = -1) -> bytes:
        piece: bytes = self._stream.read(size)
        self._tail = (self._tail + piece)[-len(self._end) - 64 :]
        return piece

    @property
    def is_whole(self) -> bool:
        return self._end in self._tail


class EncryptingHandler(FileUploadHandler):
    """Hands each piece of each file to the vault; `discard` leaves nothing of the whole request."""

    chunk_size = 2**20

    def __init__(self, actor: Actor) -> None:
        super().__init__()
        self._actor = actor
        self._incoming: IncomingFile | None = None
        self._received: list[Upload] = []

    def new_file(self, field_name: str, file_name: str, *args: Any, **kwargs: Any) -> None:
        """Begin a file."""
        if field_name != FIELD:
            raise UploadError(f"Files are sent as “{FIELD}”, not “{field_name[:80]}”.", field=FIELD)
        if len(self._received) >= MAX_FILES:
            raise UploadError(f"At most {MAX_FILES} files are taken at once.", field=FIELD)
        self._incoming = IncomingFile(
            actor=self._actor, filename=file_name, number=len(self._received)
        )
        raise StopFutureHandlers

    def receive_data_chunk(self, raw_data: bytes, start: int) -> None:
        """Encrypt a piece; nothing is passed on."""
        if self._incoming is not None:
            self._incoming.write(raw_data)

    def file_complete(self, file_size: int) -> ReceivedFile | None:
        """End a file."""
        if self._incoming is None:
            return None
        upload = self._incoming.complete()
        self._incoming = None
        self._received.append(upload)
        return ReceivedFile(upload)

    def discard(self) -> None:
        """Remove the file being received and all received before it."""
        if self._incoming is not None:
            self._incoming.discard()
        discard(self._received)


class EncryptingParser(BaseParser):
    """multipart/form-data whose files are encrypted on the way in."""

    media_type = "multipart/form-data"

    def parse(
        self,
        stream: Any,
        media_type: str | None = None,
        parser_context: Mapping[str, Any] | None = None,
    ) -> "DataAndFiles[Any, Any]":
        """Return the fields, and `ReceivedFile`s for the files.

        Raises:
            ParseError: the body is malformed or was cut off.
            UploadError, UploadTooLargeError: it is not what is taken.
        """
        request: Request = (parser_context or {})["request"]
        handler = EncryptingHandler(cast("Actor", request.auth))
        meta = request.META | {"CONTENT_TYPE": media_type}
        boundary = parse_header_parameters(media_type or "")[1].get("boundary", "")
        body = _Watched(stream, boundary)
        try:
            fields, files = DjangoParser(meta, cast("Any", body), [handler], "utf-8").parse()
            if not body.is_whole:
                raise MultiPartParserError("the closing boundary is missing")  # noqa: TRY301
        except (MultiPartParserError, OSError) as error:
            handler.discard()
            raise ParseError(f"The upload was cut off or is malformed: {error}") from error
        except BaseException:
            handler.discard()
            raise
        return DataAndFiles(fields, files)


class UploadView(ApiView):
    """Base of the routes that take files: nothing of the body is read before the caller is permitted."""

    parser_classes = [EncryptingParser, BoundedJSONParser]

    def get_authenticators(self) -> list[BaseAuthentication]:
        """Return the usual ones, with the CSRF token taken from the header."""
        return list(by_header(super().get_authenticators()))


@contextmanager
def received(request: Request) -> Iterator[list[Upload]]:
    """Give the files of a request; those that no data set took when the block ends are removed.

    Who keeps a file for something else (a model to import) takes it out of the list.
    """
    files = request.FILES.getlist(FIELD) if request.FILES else []
    uploads = [file.upload for file in files if isinstance(file, ReceivedFile)]
    try:
        yield uploads
    finally:
        discard(uploads)


def by_header(authenticators: Sequence[BaseAuthentication]) -> Sequence[BaseAuthentication]:
    """Make session authentication look for the CSRF token in the header only."""
    for authenticator in authenticators:
        if hasattr(authenticator, "enforce_csrf"):
            authenticator.enforce_csrf = enforce_csrf_by_header
    return authenticators


def enforce_csrf_by_header(request: Request) -> None:
    """Check the CSRF token without reading the body.

    Raises:
        PermissionDenied: no token, or a wrong one, in `X-CSRFToken`.
    """
    bodiless = copy.copy(request._request)  # noqa: SLF001  (DRF offers no other way to the plain request)
    bodiless._post, bodiless._files = QueryDict(), MultiValueDict()  # type: ignore[attr-defined]  # noqa: SLF001
    check = CSRFCheck(lambda _: None)  # type: ignore[arg-type]
    check.process_request(bodiless)
    reason = check.process_view(bodiless, None, (), {})  # type: ignore[arg-type]
    if reason:
        raise PermissionDenied(f"The CSRF token in X-CSRFToken is missing or wrong: {reason}")
