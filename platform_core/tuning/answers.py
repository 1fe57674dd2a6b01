"""What the study routes take and answer, for validation and OpenAPI."""

from typing import Any

from rest_framework import serializers

from platform_core.training.api import TrainingRequest
from platform_core.tuning import params
from platform_core.web.api import is_deep


class StudyTraining(TrainingRequest):
    """The training that every trial varies: the body of a training, without its name."""

    name = None  # type: ignore[assignment]  # takes the field away; the study's name is the model's


class SpaceField(serializers.JSONField):
    """parameter -> what it may be."""

    def to_internal_value(self, data: Any) -> Any:
        """Return the value."""
        if not isinstance(data, dict) or is_deep(data):
            self.fail("invalid")
        return super().to_internal_value(data)


class StudyRequest(serializers.Serializer[Any]):
    """A search to carry out."""

    name = serializers.CharField(max_length=63, help_text="of the study and its model")
    training = StudyTraining()
    space = SpaceField(help_text='{"fit.batch_size": {"type": "categorical", "choices": [32, 64]}}')
    metric = serializers.CharField(
        required=False,
        default="",
        allow_blank=True,
        max_length=100,
        help_text="a curve of the training; val_loss, or loss where nothing is held out, when left out",
    )
    direction = serializers.ChoiceField(
        choices=params.DIRECTIONS, required=False, default="minimize"
    )
    trials = serializers.IntegerField(
        required=False, default=20, min_value=1, max_value=params.MAX_TRIALS
    )
    budget_s = serializers.IntegerField(
        required=False,
        default=3600,
        min_value=1,
        max_value=params.MAX_BUDGET_S,
        help_text="seconds of all trials after which none begins",
    )
    pruner = serializers.ChoiceField(choices=params.PRUNERS, required=False, default="median")
    sampler = serializers.ChoiceField(choices=params.SAMPLERS, required=False, default="tpe")
    seed = serializers.IntegerField(
        required=False, default=0, min_value=0, max_value=2**31 - 1, help_text="of what is drawn"
    )


class StudyFilter(serializers.Serializer[Any]):
    """Which studies to list."""

    name = serializers.CharField(required=False, max_length=63)


class BestTrial(serializers.Serializer[Any]):
    """The best complete trial so far."""

    number = serializers.IntegerField()
    value = serializers.FloatField()
    parameters = serializers.DictField()


class StudyAnswer(serializers.Serializer[Any]):
    """A study: what was asked, how far it is, what it found."""

    id = serializers.UUIDField()
    name = serializers.CharField()
    job = serializers.UUIDField(allow_null=True)
    state = serializers.CharField(help_text="of the job")
    progress = serializers.FloatField()
    message = serializers.CharField(allow_blank=True)
    error = serializers.DictField(allow_null=True)
    notes = serializers.ListField(child=serializers.CharField())
    dataset = serializers.CharField()
    validation = serializers.CharField(allow_null=True)
    space = serializers.DictField()
    metric = serializers.CharField()
    direction = serializers.CharField()
    trials = serializers.IntegerField(help_text="most trials")
    budget_s = serializers.IntegerField()
    pruner = serializers.CharField()
    sampler = serializers.CharField()
    seed = serializers.IntegerField()
    complete = serializers.IntegerField(help_text="trials that came to a value")
    pruned = serializers.IntegerField()
    failed = serializers.IntegerField()
    best = BestTrial(allow_null=True)
    importance = serializers.DictField(
        child=serializers.FloatField(), help_text="PED-ANOVA: share of each parameter"
    )
    training = serializers.UUIDField(
        allow_null=True, help_text="of the best trial's settings; it registers the version"
    )
    version = serializers.IntegerField(allow_null=True)
    created_at = serializers.DateTimeField()


class StudyPage(serializers.Serializer[Any]):
    """One page of studies, newest first."""

    next = serializers.URLField(allow_null=True)
    previous = serializers.URLField(allow_null=True)
    results = StudyAnswer(many=True)


class TrialAnswer(serializers.Serializer[Any]):
    """A trial: its values, and what came of it."""

    number = serializers.IntegerField()
    state = serializers.CharField(help_text="complete, pruned or failed")
    reason = serializers.CharField(allow_blank=True)
    value = serializers.FloatField(allow_null=True)
    parameters = serializers.DictField()
    curve = serializers.ListField(
        child=serializers.FloatField(), help_text="the metric after each epoch"
    )
    seconds = serializers.FloatField()
    created_at = serializers.DateTimeField()


class TrialPage(serializers.Serializer[Any]):
    """One page of trials, newest first."""

    next = serializers.URLField(allow_null=True)
    previous = serializers.URLField(allow_null=True)
    results = TrialAnswer(many=True)
