"""Routes that answer with recommendations and take events."""

from typing import Any

from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework import status
from rest_framework.request import Request
from rest_framework.response import Response

from apps.recommendation import services
from apps.recommendation.rest import options, render, schemas
from platform_core.errors import InvalidInputError
from platform_core.web.api import ApiView, body_of, query_of

_CALL = {"GET": "prediction.call"}
_POST = {"POST": "prediction.call"}


class OfUser(ApiView):
    """Recommendations of one user."""

    required_permission = _CALL

    @extend_schema(
        operation_id="recommendations_of_user",
        parameters=[options.Ask],
        responses=schemas.RecommendationsAnswer,
    )
    def get(self, request: Request, name: str, user: str) -> Response:
        """Return the best items for a user; the id is percent-encoded in the path."""
        question = options.question(options.query(request))
        answer = services.recommend(actor=self.actor, name=name, user=user, question=question)
        return Response(render.recommendations(answer))


class Batch(ApiView):
    """Recommendations of many users."""

    required_permission = _POST

    @extend_schema(
        operation_id="recommendations_batch",
        request=options.AskBatch,
        responses=schemas.BatchAnswer,
    )
    def post(self, request: Request, name: str) -> Response:
        """Return the best items for each user, in the order asked."""
        body = body_of(request, options.AskBatch)
        answers = services.recommend_batch(
            actor=self.actor, name=name, users=body["users"], question=options.question(body)
        )
        return Response({"results": [render.recommendations(answer) for answer in answers]})


class Score(ApiView):
    """Scores of given items."""

    required_permission = _POST

    @extend_schema(
        operation_id="recommendations_score",
        request=schemas.AskScores,
        responses=schemas.ScoresAnswer,
    )
    def post(self, request: Request, name: str) -> Response:
        """Return one score per item, in the order asked."""
        body = body_of(request, schemas.AskScores)
        return Response(render.scores(services.score(actor=self.actor, name=name, **body)))


class Similar(ApiView):
    """Items like one item."""

    required_permission = _CALL

    @extend_schema(
        operation_id="recommendations_similar",
        parameters=[schemas.AskSimilar],
        responses=schemas.SimilarAnswer,
    )
    def get(self, request: Request, name: str, item: str) -> Response:
        """Return the items most like one item; 404 when the model does not know it."""
        query = query_of(request, schemas.AskSimilar)
        answer = services.similar(actor=self.actor, name=name, item=item, k=query["k"])
        return Response(render.similar(answer))


class Events(ApiView):
    """What users did since training."""

    required_permission = {"POST": "event.write"}

    @extend_schema(
        operation_id="recommendation_events",
        request=schemas.NewEvent(many=True),
        responses={201: OpenApiResponse(schemas.RecordedAnswer)},
    )
    def post(self, request: Request, name: str) -> Response:
        """Record one event (an object) or many (a list); the next answer reflects them."""
        events = [services.NewEvent(**fields) for fields in _events(request.data)]
        done = services.record_events(actor=self.actor, name=name, events=events)
        body = {"recorded": done.recorded, "duplicates": done.duplicates}
        return Response(body, status=status.HTTP_201_CREATED)


def _events(data: Any) -> list[dict[str, Any]]:
    listed = data if isinstance(data, list) else [data]
    if len(listed) > services.MAX_EVENTS:
        raise InvalidInputError(
            f"{len(listed)} events were sent.",
            remedy=f"Send at most {services.MAX_EVENTS} at a time.",
        )
    bound = schemas.NewEvent(data=listed, many=True)
    bound.is_valid(raise_exception=True)
    return list(bound.validated_data)
