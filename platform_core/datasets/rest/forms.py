"""What the routes take."""

from typing import Any

from rest_framework import serializers

from platform_core.datasets.params import MAX_FILES, MAX_NAME_CHARS, MAX_PREVIEW_ROWS
from platform_core.web.api import is_deep


class JsonText(serializers.JSONField):
    """JSON, or the text of it in a multipart body; nesting beyond all measure is no JSON."""

    def to_internal_value(self, data: Any) -> Any:
        """Return the value."""
        try:
            value = super().to_internal_value(data)
        except RecursionError:
            self.fail("invalid")
        if is_deep(value):
            self.fail("invalid")
        return value


class Options(serializers.Serializer[Any]):
    """How files are read and cleaned; lists and objects are JSON texts in a multipart body."""

    cleaning = JsonText(required=False, help_text='[{"rule": NAME, ...}, ...]')
    uploads = serializers.ListField(
        child=serializers.UUIDField(),
        required=False,
        max_length=MAX_FILES,
        help_text="Files sent in parts, instead of files in the body.",
    )
    reading = JsonText(
        required=False, help_text='{"header": "auto|yes|no", "separator": ";", "quotes": true}'
    )


class NewDataset(Options):
    """A data set to create."""

    name = serializers.CharField(max_length=MAX_NAME_CHARS)
    description = serializers.CharField(max_length=4000, required=False, allow_blank=True)


class NewUpload(serializers.Serializer[Any]):
    """A file to send in parts."""

    filename = serializers.CharField(max_length=255)
    size_bytes = serializers.IntegerField(min_value=1, max_value=2**53)


class UploadAnswer(serializers.Serializer[Any]):
    """A file that is being sent; what is missing of 0 … `parts` - 1 is to be sent."""

    id = serializers.UUIDField()
    filename = serializers.CharField()
    size_bytes = serializers.IntegerField()
    part_bytes = serializers.IntegerField(help_text="Of every part but the last.")
    parts = serializers.IntegerField()
    parts_received = serializers.ListField(child=serializers.IntegerField())
    complete = serializers.BooleanField()
    expires_at = serializers.DateTimeField(help_text="Without a data set it may be gone then.")


class Rows(serializers.Serializer[Any]):
    """Which rows to take."""

    version = serializers.IntegerField(min_value=1, max_value=10**9, required=False)
    split = serializers.UUIDField(required=False)
    part = serializers.CharField(max_length=200, required=False, help_text="Of the split.")
    columns = serializers.CharField(
        max_length=200_000, required=False, help_text='As JSON: ["name", …]; all by default.'
    )


class NewVersion(Options):
    """A version to make: of `base` (the newest by default), with files added, then cleaned."""

    base = serializers.IntegerField(min_value=1, max_value=10**9, required=False)


class SplitAnswer(serializers.Serializer[Any]):
    """A split; its `counts` are there once its `state` is ready."""

    id = serializers.UUIDField()
    version = serializers.IntegerField()
    kind = serializers.CharField(help_text="random, time or group.")
    parts = serializers.DictField(child=serializers.FloatField())
    seed = serializers.IntegerField()
    column = serializers.CharField(allow_blank=True)
    counts = serializers.DictField(child=serializers.IntegerField())
    state = serializers.CharField(help_text="preparing, ready or rejected.")
    job = serializers.UUIDField(allow_null=True)
    rejection = serializers.DictField(allow_null=True)
    created_at = serializers.DateTimeField()


class NewSplit(serializers.Serializer[Any]):
    """A split to fix."""

    kind = serializers.ChoiceField(["random", "time", "group"])
    parts = serializers.DictField(
        child=serializers.FloatField(), help_text='{"train": 0.8, "test": 0.2}'
    )
    seed = serializers.IntegerField(min_value=0, max_value=2**63 - 1, default=0)
    column = serializers.CharField(max_length=1000, default="", allow_blank=True)
    version = serializers.IntegerField(min_value=1, max_value=10**9, required=False)


class Window(serializers.Serializer[Any]):
    """How many rows, of which version."""

    rows = serializers.IntegerField(min_value=1, max_value=MAX_PREVIEW_ROWS, default=50)
    version = serializers.IntegerField(min_value=1, max_value=10**9, required=False)


class Which(serializers.Serializer[Any]):
    """Which version to show."""

    version = serializers.IntegerField(min_value=1, max_value=10**9, required=False)


class _Files(serializers.Serializer[Any]):
    """The files of a multipart body; only documented here, they are received before fields are looked at."""

    files = serializers.ListField(
        child=serializers.FileField(),
        help_text="CSV, TSV, Parquet, JSON Lines, or gzip or zip of them; repeat the field.",
    )


class NewDatasetBody(_Files, NewDataset):
    """A data set to create, with its files."""


class NewVersionBody(_Files, NewVersion):
    """A version to make, with files to add."""
