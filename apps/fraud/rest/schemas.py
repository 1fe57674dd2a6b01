"""Shapes of requests and answers: they check what comes in and document both in the OpenAPI."""

from typing import Any

from rest_framework import serializers

from apps.fraud.params import MODELS
from apps.fraud.services.sources import MAX_ENTITIES


class Strict(serializers.Serializer[dict[str, Any]]):
    """Refuses names it does not know: a misspelt option must not be ignored."""

    def to_internal_value(self, data: Any) -> Any:
        """Parse after comparing the names."""
        if isinstance(data, dict) and (unknown := sorted(set(data) - set(self.fields))):
            raise serializers.ValidationError(
                {str(name)[:60]: ["There is no such field here."] for name in unknown[:20]}
            )
        return super().to_internal_value(data)


class DetectorChanges(Strict):
    """Parameters that differ from the last training."""

    model = serializers.ChoiceField(MODELS, required=False)
    params = serializers.DictField(required=False)
    budget_s = serializers.IntegerField(required=False, allow_null=True)
    seed = serializers.IntegerField(required=False, allow_null=True)


class NewDetector(DetectorChanges):
    """A detector to create."""

    name = serializers.CharField(help_text="a-z 0-9 . _ -, up to 63, unique in the organisation")
    dataset = serializers.CharField(help_text="Id or name of the history, one row per payment.")
    label_column = serializers.CharField(
        required=False,
        allow_blank=True,
        allow_null=True,
        help_text="1 or true for fraud; without it an unsupervised model is trained.",
    )
    time_column = serializers.CharField()
    amount_column = serializers.CharField(required=False, allow_blank=True, allow_null=True)
    id_column = serializers.CharField(required=False, allow_blank=True, allow_null=True)
    entity_columns = serializers.ListField(
        child=serializers.CharField(),
        min_length=1,
        max_length=MAX_ENTITIES,
        help_text="Columns that name a customer, card, terminal, device, …; the customer first.",
    )
    label_delay_days = serializers.FloatField(required=False, allow_null=True)


class DetectorAccepted(serializers.Serializer[dict[str, Any]]):
    """A training is queued."""

    name = serializers.CharField()
    job = serializers.UUIDField(help_text="See /api/v1/jobs/{job}/.")


class DetectorVersion(serializers.Serializer[dict[str, Any]]):
    """One trained version."""

    number = serializers.IntegerField()
    created_at = serializers.DateTimeField()
    aliases = serializers.ListField(child=serializers.CharField())
    metrics = serializers.DictField()
    job = serializers.UUIDField(allow_null=True)


class DetectorTraining(serializers.Serializer[dict[str, Any]]):
    """The latest training."""

    state = serializers.CharField()
    progress = serializers.FloatField()
    message = serializers.CharField()
    error = serializers.DictField(allow_null=True)
    url = serializers.CharField()


class DetectorSummary(serializers.Serializer[dict[str, Any]]):
    """A detector in a list."""

    name = serializers.CharField()
    state = serializers.ChoiceField(["training", "ready", "failed"])
    serving_version = serializers.IntegerField(allow_null=True)
    model = serializers.CharField()
    job = serializers.UUIDField(allow_null=True)
    created_at = serializers.DateTimeField()


class DetectorDetail(DetectorSummary):
    """A detector with its data, versions and latest training."""

    dataset = serializers.UUIDField()
    dataset_version = serializers.UUIDField()
    columns = serializers.DictField(child=serializers.CharField())
    entities = serializers.ListField(child=serializers.CharField())
    label_delay_days = serializers.FloatField()
    params = serializers.DictField()
    features = serializers.ListField(child=serializers.CharField())
    training = DetectorTraining(allow_null=True)
    metrics = serializers.DictField(help_text="Of the serving version.")
    versions = DetectorVersion(many=True)
