"""REST routes of the compression part."""

from typing import Any
from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from platform_core.compression import answers, selectors, services
from platform_core.compression.models import Compression
from platform_core.compression.params import CompressionSpec
from platform_core.web.api import ApiView, body_of, page


class CompressionList(ApiView):
    """`/api/v1/compressions/`."""

    required_permission = {"GET": "model.view", "POST": "model.register"}

    @extend_schema(responses={200: answers.CompressionPage})
    def get(self, request: Request) -> Response:
        """List the organisation's compressions, newest first."""
        return page(self, request, selectors.compressions(actor=self.actor), rendered)

    @extend_schema(request=answers.CompressionRequest, responses={202: answers.CompressionAnswer})
    def post(self, request: Request) -> Response:
        """Queue a compression; its versions appear when the job has ended."""
        wanted = body_of(request, answers.CompressionRequest)
        lists = {name: tuple(wanted[name]) for name in ("methods", "columns")}
        row = services.request_compression(
            actor=self.actor, spec=CompressionSpec(**{**wanted, **lists})
        )
        return Response(rendered(row), status=202)


class CompressionDetail(ApiView):
    """`/api/v1/compressions/{id}/`."""

    required_permission = {"GET": "model.view"}

    @extend_schema(responses={200: answers.CompressionAnswer})
    def get(self, request: Request, compression_id: UUID) -> Response:
        """Show a compression and what came of each method."""
        return Response(
            rendered(selectors.get_compression(actor=self.actor, compression_id=compression_id))
        )


def rendered(row: Compression) -> dict[str, Any]:
    """Return a compression as REST shows it."""
    job = selectors.job_of(row)
    return {
        "id": str(row.pk),
        "model": row.version.model.name,
        "version": row.version.number,
        "methods": row.asked["methods"],
        "tolerance": row.asked["tolerance"],
        "job": str(row.job_id) if row.job_id else None,
        "state": job.state if job else "",
        "original": row.parent,
        "results": row.results,
        "created_at": row.created_at.isoformat(),
    }
