"""What the compression routes take and answer, for validation and OpenAPI."""

from typing import Any

from rest_framework import serializers

from platform_core.compression.params import AUTO, MAX_COLUMNS, MAX_TOLERANCE, METHODS


class CompressionRequest(serializers.Serializer[Any]):
    """A compression to carry out."""

    model = serializers.CharField(max_length=63)
    version = serializers.IntegerField(min_value=1, max_value=10**9)
    methods = serializers.ListField(
        child=serializers.ChoiceField(choices=[AUTO, *METHODS]), default=[AUTO], max_length=20
    )
    tolerance = serializers.FloatField(
        default=0.02, min_value=0, max_value=MAX_TOLERANCE, help_text="quality that may be lost"
    )
    dataset = serializers.CharField(
        required=False, max_length=200, help_text="id or name; its columns are the model's inputs"
    )
    columns = serializers.ListField(
        child=serializers.CharField(max_length=200),
        default=list,
        max_length=MAX_COLUMNS,
        help_text="in the model's order; empty takes the numeric ones",
    )
    label_column = serializers.CharField(
        required=False, default="", allow_blank=True, max_length=200
    )
    seed = serializers.IntegerField(default=0, min_value=0, max_value=2**31 - 1)


RESULT_STATES = ["keep", "registered", "refused", "beaten", "not_applicable"]


class CompressionResult(serializers.Serializer[Any]):
    """What came of one method."""

    method = serializers.CharField()
    state = serializers.ChoiceField(choices=RESULT_STATES)
    words = serializers.CharField()
    version = serializers.IntegerField(allow_null=True)
    size_bytes = serializers.IntegerField(required=False)
    p50_ms = serializers.FloatField(required=False)
    batch_ms = serializers.FloatField(required=False)
    agreement = serializers.FloatField(required=False)
    quality = serializers.FloatField(required=False)


class CompressionAnswer(serializers.Serializer[Any]):
    """A compression and what came of it."""

    id = serializers.UUIDField()
    model = serializers.CharField()
    version = serializers.IntegerField()
    methods = serializers.ListField(child=serializers.CharField())
    tolerance = serializers.FloatField()
    job = serializers.UUIDField(allow_null=True)
    state = serializers.CharField(help_text="of the job")
    original = serializers.DictField(help_text="figures of the version itself")
    results = CompressionResult(many=True)
    created_at = serializers.DateTimeField()


class CompressionPage(serializers.Serializer[Any]):
    """One page of compressions, newest first."""

    next = serializers.URLField(allow_null=True)
    previous = serializers.URLField(allow_null=True)
    results = CompressionAnswer(many=True)
