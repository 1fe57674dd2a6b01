"""REST routes of the registry."""

from uuid import UUID

from django.http import StreamingHttpResponse
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from platform_core.datasets import api as datasets
from platform_core.errors import InvalidInputError
from platform_core.registry import (
    answers,
    approvals,
    exporting,
    importing,
    rendering,
    selectors,
    services,
)
from platform_core.registry.models import PromotionRequest
from platform_core.web.api import ApiView, body_of, page


class ModelList(datasets.UploadView):
    """`/api/v1/models/`."""

    required_permission = {"GET": "model.view", "POST": "model.register"}

    @extend_schema(responses={200: answers.ModelPage})
    def get(self, request: Request) -> Response:
        """List the organisation's models, newest first."""
        rows = selectors.models_with_aliases(actor=self.actor)
        return page(self, request, rows, rendering.model)

    @extend_schema(
        request={"multipart/form-data": answers.ModelImportBody},
        responses={202: answers.ImportAnswer},
    )
    def post(self, request: Request) -> Response:
        """Import a model file (ONNX, XGBoost, Keras, safetensors); a job reads, tries and registers it."""
        with datasets.received(request) as uploads:
            wanted = body_of(request, answers.ModelImport)
            if len(uploads) != 1:
                raise InvalidInputError("Send exactly one file.", field="files")
            spec = importing.ImportSpec(**wanted)
            job = importing.import_model(actor=self.actor, spec=spec, upload=uploads[0])
            uploads.clear()  # the job's now
        return Response({"model": spec.name, "job": str(job.pk)}, status=202)


class ModelDetail(ApiView):
    """`/api/v1/models/{name}/`."""

    required_permission = {"GET": "model.view"}

    @extend_schema(responses={200: answers.ModelAnswer})
    def get(self, request: Request, name: str) -> Response:
        """Show one model."""
        found = selectors.get_model(actor=self.actor, name=name)
        return Response(
            rendering.model(selectors.models_with_aliases(actor=self.actor).get(pk=found.pk))
        )


class VersionList(ApiView):
    """`/api/v1/models/{name}/versions/`."""

    required_permission = {"GET": "model.view"}

    @extend_schema(responses={200: answers.VersionPage})
    def get(self, request: Request, name: str) -> Response:
        """List a model's versions, newest first."""
        model = selectors.get_model(actor=self.actor, name=name)
        rows = selectors.versions(actor=self.actor, model=model)
        return page(self, request, rows, rendering.version)


class VersionDetail(ApiView):
    """`/api/v1/models/{name}/versions/{number}/`."""

    required_permission = {"GET": "model.view"}

    @extend_schema(responses={200: answers.VersionDetailAnswer})
    def get(self, request: Request, name: str, number: int) -> Response:
        """Show one version with signature, lineage and card."""
        row = selectors.get_version(actor=self.actor, model_name=name, number=number)
        return Response(rendering.version_detail(row))


class VersionBundle(ApiView):
    """`/api/v1/models/{name}/versions/{number}/bundle/`."""

    required_permission = {"GET": "model.register"}

    @extend_schema(responses={(200, "application/x-tar"): bytes})
    def get(self, request: Request, name: str, number: int) -> StreamingHttpResponse:
        """Download the signed bundle as a tar: statement.json, signature.json and the files."""
        version = selectors.get_version(actor=self.actor, model_name=name, number=number)
        pieces = exporting.export_version(actor=self.actor, version=version)
        answer = StreamingHttpResponse(pieces, content_type="application/x-tar")
        answer["Content-Disposition"] = f'attachment; filename="{name}-{number}.tar"'
        return answer


class History(ApiView):
    """`/api/v1/models/{name}/history/`."""

    required_permission = {"GET": "model.view"}

    @extend_schema(responses={200: answers.ChangePage})
    def get(self, request: Request, name: str) -> Response:
        """List every move of the model's aliases, newest first."""
        model = selectors.get_model(actor=self.actor, name=name)
        rows = selectors.alias_history(actor=self.actor, model=model)
        return page(self, request, rows, rendering.change)


class AliasTarget(ApiView):
    """`/api/v1/models/{name}/aliases/{alias}/`."""

    required_permission = {"POST": "model.promote", "DELETE": "model.promote"}

    @extend_schema(
        request=answers.Promotion,
        responses={200: answers.AliasAnswer, 202: answers.PromotionRequestAnswer},
    )
    def post(self, request: Request, name: str, alias: str) -> Response:
        """Point an alias at a version; what it serves changes within a second.

        Where the organisation asks a second person before its champion changes, the answer is 202 with a
        request that somebody else approves.
        """
        wanted = body_of(request, answers.Promotion)
        version = selectors.get_version(actor=self.actor, model_name=name, number=wanted["version"])
        row = approvals.promote(
            actor=self.actor, alias=alias, version=version, reason=wanted.get("reason", "")
        )
        if isinstance(row, PromotionRequest):
            return Response(rendering.promotion_request(row), status=202)
        return Response({"model": name, "alias": alias, "version": row.version.number})

    @extend_schema(responses={204: None})
    def delete(self, request: Request, name: str, alias: str) -> Response:
        """Take an alias away; its history stays."""
        model = selectors.get_model(actor=self.actor, name=name)
        services.remove_alias(actor=self.actor, model=model, alias=alias)
        return Response(status=204)


class AliasRollBack(ApiView):
    """`/api/v1/models/{name}/aliases/{alias}/rollback/`."""

    required_permission = {"POST": "model.promote"}

    @extend_schema(request=answers.RollBack, responses={200: answers.AliasAnswer})
    def post(self, request: Request, name: str, alias: str) -> Response:
        """Point an alias back at its previous version."""
        wanted = body_of(request, answers.RollBack)
        model = selectors.get_model(actor=self.actor, name=name)
        row = services.roll_back_alias(
            actor=self.actor, model=model, alias=alias, reason=wanted.get("reason", "")
        )
        return Response({"model": name, "alias": alias, "version": row.version.number})


class VersionNotes(ApiView):
    """`/api/v1/models/{name}/versions/{number}/notes/`."""

    required_permission = {"PUT": "model.register"}

    @extend_schema(request=answers.Notes, responses={200: answers.VersionDetailAnswer})
    def put(self, request: Request, name: str, number: int) -> Response:
        """Replace what people say of a version: intended use, limits, who to ask."""
        row = selectors.get_version(actor=self.actor, model_name=name, number=number)
        row.notes = body_of(request, answers.Notes)["notes"]
        services.write_notes(actor=self.actor, version=row, notes=row.notes)
        return Response(rendering.version_detail(row))


class PromotionRequests(ApiView):
    """`/api/v1/models/{name}/promotions/`."""

    required_permission = {"GET": "model.view"}

    @extend_schema(responses={200: answers.PromotionRequestPage})
    def get(self, request: Request, name: str) -> Response:
        """List the changes of champion that took, or wait for, a second person."""
        model = selectors.get_model(actor=self.actor, name=name)
        rows = approvals.requests(actor=self.actor, model=model)
        return page(self, request, rows, rendering.promotion_request)


class PromotionDecision(ApiView):
    """`/api/v1/models/{name}/promotions/{id}/`."""

    required_permission = {"POST": "model.promote", "DELETE": "model.promote"}

    @extend_schema(request=None, responses={200: answers.AliasAnswer})
    def post(self, request: Request, name: str, request_id: UUID) -> Response:
        """Approve a promotion that somebody else asked for."""
        model = selectors.get_model(actor=self.actor, name=name)
        row = approvals.approve(actor=self.actor, model=model, request_id=request_id)
        return Response({"model": name, "alias": row.name, "version": row.version.number})

    @extend_schema(responses={200: answers.PromotionRequestAnswer})
    def delete(self, request: Request, name: str, request_id: UUID) -> Response:
        """Decline a promotion, or withdraw one's own."""
        model = selectors.get_model(actor=self.actor, name=name)
        row = approvals.decline(actor=self.actor, model=model, request_id=request_id)
        return Response(rendering.promotion_request(row))


class PromotionRuleView(ApiView):
    """`/api/v1/promotion-rule/`."""

    required_permission = {"GET": "model.view", "PUT": "organisation.manage"}

    @extend_schema(responses={200: answers.Rule})
    def get(self, request: Request) -> Response:
        """Show whether a change of champion takes a second person."""
        asked = approvals.needs_second_person(organisation=self.actor.organisation)
        return Response({"second_person": asked})

    @extend_schema(request=answers.Rule, responses={200: answers.Rule})
    def put(self, request: Request) -> Response:
        """Ask for a second person from now on, or no longer."""
        wanted = body_of(request, answers.Rule)
        approvals.set_rule(actor=self.actor, second_person=wanted["second_person"])
        return Response(wanted)
