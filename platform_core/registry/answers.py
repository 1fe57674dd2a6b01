"""What the registry's routes take and answer, for validation and OpenAPI."""

from typing import Any

from rest_framework import serializers

from platform_core.registry.models import ALIASES

_MAX_REASON = 500


class ModelAnswer(serializers.Serializer[Any]):
    """A model and where its aliases point."""

    name = serializers.CharField()
    application = serializers.CharField()
    task = serializers.CharField()
    description = serializers.CharField()
    created_at = serializers.DateTimeField()
    aliases = serializers.DictField(child=serializers.IntegerField())
    latest_version = serializers.IntegerField(allow_null=True)


class VersionAnswer(serializers.Serializer[Any]):
    """A version as lists show it."""

    model = serializers.CharField()
    number = serializers.IntegerField()
    state = serializers.ChoiceField(choices=["ready", "deleted"])
    flavour = serializers.CharField()
    size_bytes = serializers.IntegerField()
    metrics = serializers.DictField()
    aliases = serializers.ListField(child=serializers.ChoiceField(choices=list(ALIASES)))
    created_at = serializers.DateTimeField()
    registered_by = serializers.EmailField(allow_null=True)


class TensorAnswer(serializers.Serializer[Any]):
    """One input or output; -1 in the shape means any length."""

    name = serializers.CharField()
    datatype = serializers.CharField()
    shape = serializers.ListField(child=serializers.IntegerField())
    optional = serializers.BooleanField()


class LineageAnswer(serializers.Serializer[Any]):
    """What a version was made of."""

    dataset_versions = serializers.ListField(child=serializers.UUIDField())
    code_version = serializers.CharField()
    seed = serializers.IntegerField(allow_null=True)
    job_id = serializers.UUIDField(allow_null=True)


class SignatureAnswer(serializers.Serializer[Any]):
    """Ed25519 over `pentaquark model version v1`, a line feed, and the statement's UTF-8 bytes."""

    key_id = serializers.CharField()
    value = serializers.CharField(help_text="base64")
    public_key = serializers.CharField(help_text="32 bytes in hex", allow_null=True)


class VersionDetailAnswer(VersionAnswer):
    """Everything about a version."""

    parameters = serializers.DictField()
    inputs = TensorAnswer(many=True)
    outputs = TensorAnswer(many=True)
    files = serializers.DictField(child=serializers.CharField(), help_text="name: SHA-256")
    lineage = LineageAnswer()
    statement = serializers.CharField(help_text="the signed text")
    signature = SignatureAnswer()
    card = serializers.CharField(help_text="Markdown")


class ChangeAnswer(serializers.Serializer[Any]):
    """One move of an alias."""

    alias = serializers.ChoiceField(choices=list(ALIASES))
    kind = serializers.ChoiceField(choices=["set", "rolled_back"])
    from_version = serializers.IntegerField(allow_null=True)
    to_version = serializers.IntegerField()
    reason = serializers.CharField()
    changed_by = serializers.CharField()
    created_at = serializers.DateTimeField()


class Promotion(serializers.Serializer[Any]):
    """Which version an alias shall point to, and why."""

    version = serializers.IntegerField(min_value=1)
    reason = serializers.CharField(max_length=_MAX_REASON, required=False, allow_blank=True)


class RollBack(serializers.Serializer[Any]):
    """Why an alias is rolled back."""

    reason = serializers.CharField(max_length=_MAX_REASON, required=False, allow_blank=True)


class AliasAnswer(serializers.Serializer[Any]):
    """Where an alias points now."""

    model = serializers.CharField()
    alias = serializers.CharField()
    version = serializers.IntegerField()


class PageAnswer(serializers.Serializer[Any]):
    """A page of a list; `next` and `previous` are addresses or null."""

    next = serializers.URLField(allow_null=True)
    previous = serializers.URLField(allow_null=True)


class ModelPage(PageAnswer):
    """Models."""

    results = ModelAnswer(many=True)


class VersionPage(PageAnswer):
    """Versions."""

    results = VersionAnswer(many=True)


class ChangePage(PageAnswer):
    """Moves of aliases."""

    results = ChangeAnswer(many=True)
