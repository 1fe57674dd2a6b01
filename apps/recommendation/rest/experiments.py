"""Routes of experiments between aliases, and of the outcomes that programs tell."""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.request import Request
from rest_framework.response import Response

from apps.recommendation import selectors
from apps.recommendation.models import Experiment
from apps.recommendation.rest.schemas import Strict
from apps.recommendation.services import experiments
from apps.recommendation.services.experiment_results import result_of
from apps.recommendation.services.experiments import ExperimentSpec
from apps.recommendation.services.outcomes import NewOutcome, tell_outcome
from platform_core.web.api import ApiView, body_of, page


class NewExperiment(Strict):
    """Two aliases to compare; it starts when told to."""

    name = serializers.CharField()
    alias_a = serializers.CharField(required=False)
    alias_b = serializers.CharField(required=False)
    share_b = serializers.FloatField(required=False, help_text="0.01 to 0.99, 0.5 by default.")
    kinds = serializers.ListField(
        child=serializers.CharField(),
        required=False,
        help_text="Kinds of event that count as success; any event by default.",
    )
    window_hours = serializers.IntegerField(
        required=False, help_text="How long after being shown an item its event counts (24)."
    )
    days = serializers.IntegerField(required=False, help_text="Planned length (14).")


class EndExperiment(Strict):
    """How it ends."""

    promote = serializers.ChoiceField(["", "a", "b"], required=False)


class ExperimentAnswer(serializers.Serializer[dict[str, Any]]):
    """An experiment."""

    id = serializers.UUIDField()
    name = serializers.CharField()
    state = serializers.ChoiceField(["draft", "running", "ended"])
    alias_a = serializers.CharField()
    alias_b = serializers.CharField()
    version_a = serializers.IntegerField(allow_null=True)
    version_b = serializers.IntegerField(allow_null=True)
    share_b = serializers.FloatField()
    kinds = serializers.ListField(child=serializers.CharField())
    window_hours = serializers.FloatField()
    started_at = serializers.DateTimeField(allow_null=True)
    planned_end = serializers.DateTimeField(allow_null=True)
    ended_at = serializers.DateTimeField(allow_null=True)
    promoted = serializers.CharField(allow_blank=True)


class ExperimentDetail(ExperimentAnswer):
    """An experiment with its result as of now."""

    result = serializers.DictField(
        help_text="`difference` is B - A with the interval of one reading at the planned end; "
        "`always_valid` may be read at any time; a small `split_p_value` means nothing can be believed."
    )


class OutcomeTold(Strict):
    """What followed an answer."""

    recommendation_id = serializers.CharField(max_length=60)
    item = serializers.CharField(required=False, allow_blank=True, trim_whitespace=False)
    kind = serializers.CharField(required=False)
    value = serializers.FloatField(required=False, allow_null=True)
    outcome_id = serializers.CharField(
        required=False, help_text="Your key for it: sent twice, it counts once."
    )


class OutcomeAnswer(serializers.Serializer[dict[str, Any]]):
    """Whether it was new."""

    recorded = serializers.BooleanField()


class Collection(ApiView):
    """Experiments of one recommender."""

    required_permission = {"GET": "model.view", "POST": "model.promote"}

    @extend_schema(operation_id="experiments_list", responses=ExperimentAnswer(many=True))
    def get(self, request: Request, name: str) -> Response:
        """List experiments, newest first."""
        recommender = selectors.get_recommender(actor=self.actor, name=name)
        return page(self, request, recommender.experiments.all(), _answer)

    @extend_schema(
        operation_id="experiments_create",
        request=NewExperiment,
        responses={201: ExperimentAnswer},
    )
    def post(self, request: Request, name: str) -> Response:
        """Set up an experiment; POST to its `start/` lets it run."""
        spec = ExperimentSpec(**body_of(request, NewExperiment))
        made = experiments.create_experiment(actor=self.actor, name=name, spec=spec)
        return Response(_answer(made), status=status.HTTP_201_CREATED)


class Detail(ApiView):
    """One experiment."""

    required_permission = {"GET": "model.view"}

    @extend_schema(operation_id="experiments_retrieve", responses=ExperimentDetail)
    def get(self, request: Request, name: str, experiment_id: str) -> Response:
        """Return the experiment with its result as of now."""
        call: dict[str, Any] = {"actor": self.actor, "name": name, "experiment_id": experiment_id}
        found = selectors.get_experiment(**call)
        return Response({**_answer(found), "result": result_of(**call)})


class Start(ApiView):
    """The start of one experiment."""

    required_permission = {"POST": "model.promote"}

    @extend_schema(operation_id="experiments_start", request=None, responses=ExperimentAnswer)
    def post(self, request: Request, name: str, experiment_id: str) -> Response:
        """Let the aliases answer their share of the users."""
        call: dict[str, Any] = {"actor": self.actor, "name": name, "experiment_id": experiment_id}
        return Response(_answer(experiments.start_experiment(**call)))


class End(ApiView):
    """The end of one experiment."""

    required_permission = {"POST": "model.promote"}

    @extend_schema(
        operation_id="experiments_end", request=EndExperiment, responses=ExperimentAnswer
    )
    def post(self, request: Request, name: str, experiment_id: str) -> Response:
        """Stop assigning users; `promote` lets that variant's version answer everybody."""
        body = body_of(request, EndExperiment) if request.data else {}
        call: dict[str, Any] = {"actor": self.actor, "name": name, "experiment_id": experiment_id}
        return Response(_answer(experiments.end_experiment(**call, **body)))


class Outcomes(ApiView):
    """What followed answers that an experiment showed."""

    required_permission = {"POST": "event.write"}

    @extend_schema(
        operation_id="recommendation_outcomes",
        request=OutcomeTold,
        responses={201: OutcomeAnswer},
    )
    def post(self, request: Request, name: str) -> Response:
        """Record an outcome of one answer, with a value where there is one."""
        told = NewOutcome(**body_of(request, OutcomeTold))
        recorded = tell_outcome(actor=self.actor, name=name, told=told)
        return Response({"recorded": recorded}, status=status.HTTP_201_CREATED)


def _answer(experiment: Experiment) -> dict[str, Any]:
    plain = ("name", "state", "alias_a", "alias_b", "version_a", "version_b", "share_b", "kinds")
    times = ("started_at", "planned_end", "ended_at", "promoted")
    return {
        "id": str(experiment.pk),
        **{each: getattr(experiment, each) for each in plain},
        "window_hours": experiment.window_s / 3600,
        **{each: getattr(experiment, each) for each in times},
    }
