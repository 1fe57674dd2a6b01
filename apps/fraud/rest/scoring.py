"""Routes that decide about events, take what turned out, and show and replay decisions."""

from typing import Any

import orjson
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from apps.fraud import selectors
from apps.fraud.rest import scoring_schemas as schemas
from platform_core.accounts.api import Actor, actor_of_secret
from platform_core.errors import InvalidInputError, PlatformError
from platform_core.web.api import ApiView, body_of, page, problem

MAX_BODY_BYTES = 2 * 2**20
_TRUE = frozenset({"1", "true", "yes"})


class Score(ApiView):
    """Decisions about events.

    A call with an API key takes a way of its own, which costs a third of the framework's: one query for the
    key, and no parsers, negotiation or renderers. Sessions and `Idempotency-Key` take the ordinary way.
    """

    required_permission = {"POST": "prediction.call"}

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """Answer."""
        scheme, _, secret = request.headers.get("Authorization", "").partition(" ")
        if request.method == "POST" and scheme.lower() == "bearer" and not _is_repeatable(request):
            actor = actor_of_secret(secret.strip(), request_id=getattr(request, "request_id", ""))
            if actor is not None:  # a refused key is answered, and noted, the ordinary way
                return _answer(request, actor, kwargs["name"])
        return super().dispatch(request, *args, **kwargs)

    @extend_schema(
        operation_id="fraud_score",
        request=schemas.ScoreRequest,
        parameters=[schemas.ScoreQuery],
        responses=schemas.ScoreAnswer,
    )
    def post(self, request: Request, name: str) -> Response:
        """Decide about one event, or about up to 500 in order; the same event id gives the stored answer."""
        dry_run = request.query_params.get("dry_run", "").lower() in _TRUE
        return Response(_scored(self.actor, name, request.data, dry_run=dry_run))


class Labels(ApiView):
    """What turned out."""

    required_permission = {"POST": "event.write"}

    @extend_schema(
        operation_id="fraud_labels", request=schemas.NewLabels, responses=schemas.LabelsAnswer
    )
    def post(self, request: Request, name: str) -> Response:
        """Tell of events whether they were fraud; a later label replaces an earlier."""
        from apps.fraud.engine.live import labelling  # noqa: PLC0415  (numpy: only who scores)

        body = body_of(request, schemas.NewLabels)
        told = [labelling.Told(**each) for each in body["labels"]]
        done = labelling.record_labels(actor=self.actor, name=name, told=told)
        counts = {
            "recorded": done.recorded,
            "unchanged": done.unchanged,
            "unknown": done.unknown,
        }
        return Response(counts)


class Decisions(ApiView):
    """Decisions of one detector."""

    required_permission = {"GET": "decision.view"}

    @extend_schema(
        operation_id="fraud_decisions_list", responses=schemas.DecisionSummary(many=True)
    )
    def get(self, request: Request, name: str) -> Response:
        """List decisions, newest first, without what is personal in them."""
        detector = selectors.get_detector(actor=self.actor, name=name)
        found = selectors.decisions(actor=self.actor, detector=detector)
        return page(self, request, found, schemas.decision_summary)


class Decision(ApiView):
    """One decision."""

    required_permission = {"GET": "decision.view"}

    @extend_schema(operation_id="fraud_decisions_retrieve", responses=schemas.DecisionAnswer)
    def get(self, request: Request, decision_id: str) -> Response:
        """Show what was decided, from what and why."""
        from apps.fraud.engine.live import telling  # noqa: PLC0415  (numpy: only who scores)

        decision = selectors.get_decision(actor=self.actor, decision_id=decision_id)
        return Response(telling.whole(decision))


class Replay(ApiView):
    """A decision made again."""

    required_permission = {"POST": "decision.view"}

    @extend_schema(
        operation_id="fraud_decisions_replay", request=None, responses=schemas.ReplayAnswer
    )
    def post(self, request: Request, decision_id: str) -> Response:
        """Decide again from what was stored, by the versions of that moment, and compare."""
        from apps.fraud.engine.live import replaying  # noqa: PLC0415  (numpy: only who scores)

        return Response(replaying.replay(actor=self.actor, decision_id=decision_id))


def _is_repeatable(request: HttpRequest) -> bool:
    return "Idempotency-Key" in request.headers


def _answer(request: HttpRequest, actor: Actor, name: str) -> HttpResponse:
    """Decide without the framework; refusals read the same."""
    try:
        raw = request.body
        if len(raw) > MAX_BODY_BYTES:
            raise InvalidInputError("The body is larger than 2 MiB.", remedy="Send fewer events.")
        dry_run = request.GET.get("dry_run", "").lower() in _TRUE
        told = _scored(actor, name, _parsed(raw), dry_run=dry_run)
    except PlatformError as error:
        return problem(error, request_id=getattr(request, "request_id", ""))
    return HttpResponse(orjson.dumps(told), content_type="application/json")


def _parsed(raw: bytes) -> Any:
    try:
        return orjson.loads(raw)  # bounds the depth itself
    except orjson.JSONDecodeError as error:
        raise InvalidInputError(
            f"The body is not JSON: {error}.", remedy="Send a JSON object or list."
        ) from error


def _scored(actor: Actor, name: str, data: Any, *, dry_run: bool) -> Any:
    """Return the answer to an event, or to a list of them."""
    from apps.fraud.engine.live import scoring  # noqa: PLC0415  (numpy: only who scores)

    if isinstance(data, dict) and set(data) <= {"event", "events", "dry_run"} and data:
        dry_run = dry_run or data.get("dry_run") is True
        data = data.get("events", data.get("event"))
    listed = data if isinstance(data, list) else [data]
    if not 0 < len(listed) <= scoring.MAX_EVENTS:
        raise InvalidInputError(
            f"{len(listed)} events were sent.", remedy=f"Send 1 to {scoring.MAX_EVENTS}."
        )
    answers = scoring.score(actor=actor, name=name, events=listed, dry_run=dry_run)
    return {"results": answers} if isinstance(data, list) else answers[0]
