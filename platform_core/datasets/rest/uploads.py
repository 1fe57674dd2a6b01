"""`/api/v1/uploads/`: files sent in parts, so that a broken connection or a killed program loses little."""

import io
from collections.abc import Mapping
from typing import IO, Any, BinaryIO, cast

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework.exceptions import ParseError
from rest_framework.parsers import BaseParser
from rest_framework.request import Request
from rest_framework.response import Response

from platform_core.datasets import resumable
from platform_core.datasets.receiving import UploadView
from platform_core.datasets.rest import forms, rendering
from platform_core.web.api import ApiView, body_of


class _Stream(BaseParser):
    """Leaves the body to be read piece by piece."""

    media_type = "*/*"

    def parse(
        self,
        stream: IO[Any],
        media_type: str | None = None,
        parser_context: Mapping[str, Any] | None = None,
    ) -> Any:
        return stream


class UploadList(ApiView):
    """Files to send."""

    required_permission = {"POST": "dataset.upload"}

    @extend_schema(request=forms.NewUpload, responses={201: forms.UploadAnswer})
    def post(self, request: Request) -> Response:
        """Begin a file; then PUT its parts, in any order, and name it in `uploads` of a data set."""
        row = resumable.begin(actor=self.actor, **body_of(request, forms.NewUpload))
        return Response(rendering.upload(row), status=201)


class UploadDetail(ApiView):
    """One file being sent."""

    required_permission = {"GET": "dataset.upload", "DELETE": "dataset.upload"}

    @extend_schema(responses={200: forms.UploadAnswer})
    def get(self, request: Request, upload_id: str) -> Response:
        """Show which parts are there."""
        return Response(rendering.upload(resumable.get(actor=self.actor, upload_id=upload_id)))

    @extend_schema(responses={204: None})
    def delete(self, request: Request, upload_id: str) -> Response:
        """Shred and delete what was sent."""
        row = resumable.get(actor=self.actor, upload_id=upload_id)
        resumable.delete(actor=self.actor, upload=row)
        return Response(status=204)


class UploadPart(UploadView):
    """One part of a file."""

    required_permission = {"PUT": "dataset.upload"}
    parser_classes = [_Stream]

    @extend_schema(request={"application/octet-stream": OpenApiTypes.BINARY}, responses={204: None})
    def put(self, request: Request, upload_id: str, number: int) -> Response:
        """Take in part `number`, from 0; sent twice it counts once."""
        row = resumable.get(actor=self.actor, upload_id=upload_id)
        body = cast("BinaryIO", request.data or io.BytesIO())
        try:
            resumable.receive(actor=self.actor, upload=row, number=number, stream=body)
        except OSError as error:
            raise ParseError(f"The upload was cut off: {error}") from error
        return Response(status=204)
