"""Routes that create, list, show, retrain and delete recommenders."""

from collections.abc import Mapping
from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import status
from rest_framework.request import Request
from rest_framework.response import Response

from apps.recommendation import selectors, services
from apps.recommendation.models import Recommender
from apps.recommendation.rest import render, schemas
from platform_core.web.api import ApiView, body_of, page

_TOP_LEVEL = ("model", "budget_s", "seed")


class Collection(ApiView):
    """The organisation's recommenders."""

    required_permission = {"GET": "model.view", "POST": "model.train"}

    @extend_schema(
        operation_id="recommenders_list", responses=schemas.RecommenderSummary(many=True)
    )
    def get(self, request: Request) -> Response:
        """List recommenders, newest first."""
        return page(self, request, selectors.recommenders(actor=self.actor), render.summary)

    @extend_schema(
        operation_id="recommenders_create",
        request=schemas.NewRecommender,
        responses={202: schemas.Accepted},
    )
    def post(self, request: Request) -> Response:
        """Create a recommender and queue its training."""
        spec = _spec(body_of(request, schemas.NewRecommender))
        return _accepted(services.create_recommender(actor=self.actor, spec=spec))


class Detail(ApiView):
    """One recommender."""

    required_permission = {"GET": "model.view", "DELETE": "model.delete"}

    @extend_schema(operation_id="recommenders_retrieve", responses=schemas.RecommenderDetail)
    def get(self, request: Request, name: str) -> Response:
        """Show state, versions, metrics and the latest training."""
        recommender = selectors.get_recommender(actor=self.actor, name=name)
        job = selectors.latest_job(actor=self.actor, recommender=recommender)
        versions = selectors.versions(actor=self.actor, recommender=recommender)
        return Response(render.detail(recommender, job, list(versions[:100])))

    @extend_schema(operation_id="recommenders_destroy", responses={204: None})
    def delete(self, request: Request, name: str) -> Response:
        """Delete the recommender, its events and its endpoint; its versions stay registered."""
        services.delete_recommender(actor=self.actor, name=name)
        return Response(status=status.HTTP_204_NO_CONTENT)


class Retrain(ApiView):
    """A further training of one recommender."""

    required_permission = {"POST": "model.train"}

    @extend_schema(
        operation_id="recommenders_retrain",
        request=schemas.Changes,
        responses={202: schemas.Accepted},
    )
    def post(self, request: Request, name: str) -> Response:
        """Train on the newest data; the serving version answers until the new one is ready."""
        changes = _params(body_of(request, schemas.Changes)) if request.data else {}
        return _accepted(services.retrain(actor=self.actor, name=name, changes=changes))


def _accepted(recommender: Recommender) -> Response:
    body = {"name": recommender.name, "job": str(recommender.job_id)}
    return Response(body, status=status.HTTP_202_ACCEPTED)


def _params(body: Mapping[str, Any]) -> dict[str, Any]:
    """Return `params` with the options that are also offered beside it."""
    return {**body.get("params", {}), **{name: body[name] for name in _TOP_LEVEL if name in body}}


def _table(body: Mapping[str, Any] | None) -> services.FeatureTable | None:
    return services.FeatureTable(**body) if body else None


def _spec(body: Mapping[str, Any]) -> services.RecommenderSpec:
    return services.RecommenderSpec(
        name=body["name"],
        dataset=body["dataset"],
        columns={
            role: body.get(f"{role}_column") or "" for role in ("user", "item", "rating", "time")
        },
        items=_table(body.get("items")),
        users=_table(body.get("users")),
        params=_params(body),
    )
