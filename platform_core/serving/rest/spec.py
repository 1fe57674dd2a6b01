"""Endpoints as documents: `/api/v1/endpoints/<name>/spec/` and their JSON schema."""

from collections.abc import Mapping
from typing import IO, Any

from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.parsers import BaseParser
from rest_framework.request import Request
from rest_framework.response import Response

from platform_core.serving import selectors, spec
from platform_core.serving.errors import EndpointInvalidError
from platform_core.web.api import ApiView


class _Text(BaseParser):
    """Leaves the body as text; `spec.parse` reads YAML and JSON alike."""

    media_type = "*/*"

    def parse(
        self,
        stream: IO[Any],
        media_type: str | None = None,
        parser_context: Mapping[str, Any] | None = None,
    ) -> Any:
        content: bytes = stream.read(4 * spec.MAX_CHARS + 1)
        try:
            return content.decode()
        except UnicodeDecodeError as error:
            raise EndpointInvalidError("The document is not UTF-8 text.") from error


class EndpointSpec(ApiView):
    """An endpoint as a document."""

    required_permission = {"GET": "endpoint.view", "PUT": "endpoint.manage"}
    parser_classes = [_Text]

    @extend_schema(responses={200: dict})
    def get(self, request: Request, name: str) -> Response:
        """Show the document of an endpoint as it is."""
        return Response(spec.document_of(selectors.get_endpoint(actor=self.actor, name=name)))

    @extend_schema(
        request={"application/json": dict, "application/yaml": dict},
        responses={200: dict, 201: dict},
        parameters=[OpenApiParameter("dry_run", bool, description="Only say what would change.")],
    )
    def put(self, request: Request, name: str) -> Response:
        """Make the endpoint what a YAML or JSON document says; applied twice it changes nothing."""
        dry_run = request.query_params.get("dry_run", "").lower() in {"1", "true", "yes"}
        document = spec.parse(request.data if isinstance(request.data, str) else "")
        done = spec.apply(actor=self.actor, name=name, document=document, dry_run=dry_run)
        differences = {
            path: {"now": now, "wanted": wanted} for path, (now, wanted) in done.differences.items()
        }
        made = done.action == "create" and not dry_run
        return Response(
            {"action": done.action, "dry_run": dry_run, "differences": differences},
            status=201 if made else 200,
        )


class EndpointSchema(ApiView):
    """The JSON schema of these documents."""

    required_permission = {"GET": "endpoint.view"}

    @extend_schema(responses={200: dict})
    def get(self, request: Request) -> Response:
        """Show the schema (JSON Schema 2020-12), for editors and validators."""
        return Response(spec.SCHEMA)
