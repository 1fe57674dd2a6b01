"""What the registry's routes take and answer, for validation and OpenAPI."""

from typing import Any

from rest_framework import serializers

_MAX_REASON = 500


class ModelImport(serializers.Serializer[Any]):
    """What a model file is to become."""

    name = serializers.CharField(max_length=63)
    task = serializers.RegexField(r"^[a-z][a-z0-9 _-]{0,39}\Z", default="prediction")
    description = serializers.CharField(
        max_length=2000, required=False, default="", allow_blank=True
    )
    activation = serializers.ChoiceField(
        choices=["relu", "tanh", "sigmoid", "gelu", "elu"],
        default="relu",
        help_text="between the layers of a safetensors file",
    )
    output = serializers.ChoiceField(
        choices=["none", "softmax", "sigmoid"],
        default="none",
        help_text="after the last layer of a safetensors file",
    )


class ModelImportBody(ModelImport):
    """A model to import, with its file."""

    files = serializers.FileField(help_text=".onnx, .ubj or .json (XGBoost), .keras, .safetensors")


class ImportAnswer(serializers.Serializer[Any]):
    """An import that was queued."""

    model = serializers.CharField()
    job = serializers.UUIDField()


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
    aliases = serializers.ListField(child=serializers.CharField())
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
    card = serializers.CharField(help_text="Markdown, written from recorded facts")
    notes = serializers.CharField(help_text="written by people")


class ChangeAnswer(serializers.Serializer[Any]):
    """One move of an alias."""

    alias = serializers.CharField()
    kind = serializers.ChoiceField(choices=["set", "rolled_back", "removed"])
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


class Notes(serializers.Serializer[Any]):
    """What people say of a version."""

    notes = serializers.CharField(max_length=20_000, allow_blank=True)


class Rule(serializers.Serializer[Any]):
    """What the organisation asks of a change of champion."""

    second_person = serializers.BooleanField()


class PromotionRequestAnswer(serializers.Serializer[Any]):
    """A change of champion that waits for a second person, or how that ended."""

    id = serializers.UUIDField()
    model = serializers.CharField()
    alias = serializers.CharField()
    version = serializers.IntegerField()
    state = serializers.ChoiceField(choices=["open", "approved", "declined", "withdrawn"])
    reason = serializers.CharField()
    asked_by = serializers.EmailField(allow_null=True)
    decided_by = serializers.EmailField(allow_null=True)
    created_at = serializers.DateTimeField()


class PromotionRequestPage(serializers.Serializer[Any]):
    """One page of requests, newest first."""

    next = serializers.URLField(allow_null=True)
    previous = serializers.URLField(allow_null=True)
    results = PromotionRequestAnswer(many=True)
