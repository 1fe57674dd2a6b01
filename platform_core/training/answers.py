"""What the training routes take and answer, for validation and OpenAPI."""

from typing import Any

from rest_framework import serializers

from platform_core.web.api import is_deep


class Rows(serializers.Serializer[Any]):
    """Rows of a data set: a version, or one part of a split of it."""

    dataset = serializers.CharField(max_length=200, help_text="id or name")
    version = serializers.IntegerField(
        required=False, min_value=1, max_value=10**9, help_text="number; the newest when left out"
    )
    split = serializers.UUIDField(required=False)
    part = serializers.CharField(required=False, max_length=60, help_text="of the split")


class JsonObject(serializers.JSONField):
    """A JSON object of bounded depth."""

    def to_internal_value(self, data: Any) -> Any:
        """Return the value."""
        if not isinstance(data, dict) or is_deep(data):
            self.fail("invalid")
        return super().to_internal_value(data)


class TrainingRequest(serializers.Serializer[Any]):
    """A model to train."""

    name = serializers.CharField(max_length=63, help_text="of the model")
    dataset = Rows()
    validation = Rows(required=False, allow_null=True)
    model = JsonObject(help_text="what keras.saving.serialize_keras_object(model) gives")
    compile = JsonObject(help_text='{"optimizer": "adam", "loss": "mse", "metrics": ["mae"]}')
    fit = JsonObject(
        required=False,
        default=dict,
        help_text='{"epochs": 10, "batch_size": 32, "shuffle": true, "patience": 3, "seed": 0}',
    )
    inputs = serializers.DictField(
        child=serializers.ListField(child=serializers.CharField(max_length=1000), max_length=4096),
        required=False,
        default=dict,
        help_text="input -> columns in order; all columns but the target when left out",
    )
    target = serializers.CharField(
        required=False,
        default="",
        allow_blank=True,
        max_length=1000,
        help_text="else the last column",
    )
    deploy = serializers.BooleanField(
        required=False, default=True, help_text="give the model an endpoint of its name"
    )


class TrainingFilter(serializers.Serializer[Any]):
    """Which trainings to list."""

    name = serializers.CharField(required=False, max_length=63)


class TrainingAnswer(serializers.Serializer[Any]):
    """A training: what was asked, how far it is, what came of it."""

    id = serializers.UUIDField()
    name = serializers.CharField()
    job = serializers.UUIDField(allow_null=True)
    state = serializers.CharField(help_text="of the job")
    progress = serializers.FloatField()
    message = serializers.CharField(allow_blank=True)
    error = serializers.DictField(allow_null=True)
    notes = serializers.ListField(
        child=serializers.CharField(), help_text="what was decided for you, in sentences"
    )
    dataset = serializers.CharField()
    validation = serializers.CharField(allow_null=True)
    columns = serializers.ListField(child=serializers.CharField())
    inputs = serializers.DictField()
    target = serializers.CharField()
    compile = serializers.DictField()
    fit = serializers.DictField()
    fingerprint = serializers.CharField(help_text="equal for equal requests")
    version = serializers.IntegerField(allow_null=True)
    endpoint = serializers.CharField(allow_null=True)
    history = serializers.DictField(child=serializers.ListField(child=serializers.FloatField()))
    metrics = serializers.DictField(child=serializers.FloatField())
    created_at = serializers.DateTimeField()


class TrainingPage(serializers.Serializer[Any]):
    """One page of trainings, newest first."""

    next = serializers.URLField(allow_null=True)
    previous = serializers.URLField(allow_null=True)
    results = TrainingAnswer(many=True)


class RowPredictionRequest(Rows):
    """Rows to predict."""

    measure = serializers.BooleanField(
        required=False, default=False, help_text="compute loss and metrics too"
    )


class RowPredictionAnswer(serializers.Serializer[Any]):
    """Answers to rows, and how far their job is; `shape` is there once it has ended."""

    id = serializers.UUIDField()
    training = serializers.UUIDField()
    version = serializers.IntegerField(allow_null=True)
    rows = serializers.CharField(help_text="which rows")
    job = serializers.UUIDField(allow_null=True)
    state = serializers.CharField(help_text="of the job")
    progress = serializers.FloatField()
    error = serializers.DictField(allow_null=True)
    shape = serializers.ListField(child=serializers.IntegerField())
    metrics = serializers.DictField(child=serializers.FloatField())
    created_at = serializers.DateTimeField()
