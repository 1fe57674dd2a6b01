"""REST routes of the registry."""

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from platform_core.registry import answers, rendering, selectors, services
from platform_core.web.api import ApiView, body_of, page


class ModelList(ApiView):
    """`/api/v1/models/`."""

    required_permission = {"GET": "model.view"}

    @extend_schema(responses={200: answers.ModelPage})
    def get(self, request: Request) -> Response:
        """List the organisation's models, newest first."""
        rows = selectors.models_with_aliases(actor=self.actor)
        return page(self, request, rows, rendering.model)


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

    required_permission = {"POST": "model.promote"}

    @extend_schema(request=answers.Promotion, responses={200: answers.AliasAnswer})
    def post(self, request: Request, name: str, alias: str) -> Response:
        """Point an alias at a version; what it serves changes within a second."""
        wanted = body_of(request, answers.Promotion)
        version = selectors.get_version(actor=self.actor, model_name=name, number=wanted["version"])
        row = services.set_alias(
            actor=self.actor,
            model=version.model,
            alias=alias,
            version=version,
            reason=wanted.get("reason", ""),
        )
        return Response({"model": name, "alias": alias, "version": row.version.number})


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
