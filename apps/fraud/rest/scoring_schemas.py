"""Shapes of scoring: events, decisions, labels."""

from typing import Any

from rest_framework import serializers

from apps.fraud.models import Decision
from apps.fraud.models.decisions import MAX_EVENT_ID, Outcome
from apps.fraud.rest.schemas import Strict

MAX_LABELS = 1_000


class ScoreQuery(serializers.Serializer[dict[str, Any]]):
    """Options of scoring."""

    dry_run = serializers.BooleanField(
        required=False, help_text="Decide without storing the decision or moving any state."
    )


class ScoreRequest(serializers.Serializer[dict[str, Any]]):
    """One event, or up to 500 in order; an event's own columns may also be the body itself."""

    event = serializers.DictField(
        required=False, help_text="Column -> value, as in the history, with the id of the event."
    )
    events = serializers.ListField(child=serializers.DictField(), required=False)
    dry_run = serializers.BooleanField(required=False)


class ReasonAnswer(serializers.Serializer[dict[str, Any]]):
    """A feature that raised the risk."""

    feature = serializers.CharField()
    words = serializers.CharField()
    value = serializers.FloatField(allow_null=True)
    normal = serializers.FloatField(allow_null=True)
    normal_of = serializers.ChoiceField(
        ["customer", "everybody"], help_text="Whose normal value stands beside it."
    )
    contribution = serializers.FloatField(help_text="Log-odds.")


class ScoreAnswer(serializers.Serializer[dict[str, Any]]):
    """A decision; a list of events is answered with `results`, a list of these."""

    id = serializers.UUIDField(allow_null=True, help_text="Null for a dry run.")
    event_id = serializers.CharField()
    decision = serializers.ChoiceField(Outcome.choices)
    score = serializers.FloatField(
        allow_null=True, help_text="Risk, 0 to 1; null where the model did not answer."
    )
    reasons = ReasonAnswer(many=True)
    features = serializers.DictField()
    rule_hits = serializers.ListField(child=serializers.DictField())
    decided_by = serializers.CharField()
    fallback = serializers.BooleanField()
    version = serializers.CharField()
    rules_version = serializers.CharField()
    policy_version = serializers.CharField()
    decided_at = serializers.DateTimeField()


class DecisionAnswer(ScoreAnswer):
    """A decision with all it was made from."""

    detector = serializers.CharField()
    event = serializers.DictField()
    amount = serializers.FloatField()
    contributions = serializers.DictField()
    took_ms = serializers.FloatField()


class DecisionSummary(serializers.Serializer[dict[str, Any]]):
    """A decision in a list."""

    id = serializers.UUIDField()
    event_id = serializers.CharField()
    decision = serializers.ChoiceField(Outcome.choices)
    score = serializers.FloatField(allow_null=True)
    amount = serializers.FloatField()
    decided_by = serializers.CharField()
    fallback = serializers.BooleanField()
    version = serializers.CharField()
    decided_at = serializers.DateTimeField()


class ThenOrNow(serializers.Serializer[dict[str, Any]]):
    """One of the two answers of a replay."""

    decision = serializers.CharField()
    score = serializers.FloatField(allow_null=True)


class ReplayAnswer(serializers.Serializer[dict[str, Any]]):
    """A decision beside the one made again."""

    id = serializers.UUIDField()
    same = serializers.BooleanField()
    differs = serializers.ListField(child=serializers.CharField())
    then = ThenOrNow()
    now = ThenOrNow()
    version = serializers.CharField()
    rules_version = serializers.CharField()
    policy_version = serializers.CharField()


class NewLabel(Strict):
    """What turned out about one event."""

    event_id = serializers.CharField(max_length=MAX_EVENT_ID)
    is_fraud = serializers.BooleanField()
    known_at = serializers.DateTimeField(required=False, allow_null=True)


class NewLabels(Strict):
    """What turned out about events."""

    labels = serializers.ListField(child=NewLabel(), min_length=1, max_length=MAX_LABELS)


class LabelsAnswer(serializers.Serializer[dict[str, Any]]):
    """What the labels changed."""

    recorded = serializers.IntegerField(help_text="New, or other than before.")
    unchanged = serializers.IntegerField()
    unknown = serializers.IntegerField(help_text="Of events that were never decided here.")


def decision_summary(decision: Decision) -> dict[str, Any]:
    """Return a decision for a list."""
    return {
        "id": str(decision.pk),
        "event_id": decision.event_id,
        "decision": decision.outcome,
        "score": decision.score,
        "amount": decision.amount,
        "decided_by": decision.decided_by,
        "fallback": decision.is_fallback,
        "version": decision.model_version,
        "decided_at": decision.decided_at,
    }
