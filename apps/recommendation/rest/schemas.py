"""Shapes of requests and answers: they check what comes in and document both in the OpenAPI."""

from typing import Any

from rest_framework import serializers

from apps.recommendation.params import MODELS
from apps.recommendation.services import MAX_EVENTS, MAX_ITEMS, MAX_K

ID_LENGTH = 100_000  # the service refuses long ids in better words; this only bounds the work


class Strict(serializers.Serializer[dict[str, Any]]):
    """Refuses names it does not know: a misspelt option must not be ignored."""

    def to_internal_value(self, data: Any) -> Any:
        """Parse after comparing the names."""
        if isinstance(data, dict) and (unknown := sorted(set(data) - set(self.fields))):
            raise serializers.ValidationError(
                {str(name)[:60]: ["There is no such field here."] for name in unknown[:20]}
            )
        return super().to_internal_value(data)


class FeatureTable(Strict):
    """A data set of features and the column that holds the id."""

    dataset = serializers.CharField(help_text="Id or name.")
    id_column = serializers.CharField()


class NewRecommender(Strict):
    """A recommender to create."""

    name = serializers.CharField(help_text="a-z 0-9 . _ -, up to 63, unique in the organisation")
    dataset = serializers.CharField(help_text="Id or name of the interactions.")
    user_column = serializers.CharField()
    item_column = serializers.CharField()
    rating_column = serializers.CharField(required=False, allow_blank=True, allow_null=True)
    time_column = serializers.CharField(required=False, allow_blank=True, allow_null=True)
    items = FeatureTable(required=False, allow_null=True)
    users = FeatureTable(required=False, allow_null=True)
    model = serializers.ChoiceField(MODELS, required=False)
    params = serializers.DictField(required=False)
    budget_s = serializers.IntegerField(required=False, allow_null=True)
    seed = serializers.IntegerField(required=False, allow_null=True)


class Changes(Strict):
    """Parameters that differ from the last training."""

    model = serializers.ChoiceField(MODELS, required=False)
    params = serializers.DictField(required=False)
    budget_s = serializers.IntegerField(required=False, allow_null=True)
    seed = serializers.IntegerField(required=False, allow_null=True)


class Accepted(serializers.Serializer[dict[str, Any]]):
    """A training is queued."""

    name = serializers.CharField()
    job = serializers.UUIDField(help_text="See /api/v1/jobs/{job}/.")


class Version(serializers.Serializer[dict[str, Any]]):
    """One trained version."""

    number = serializers.IntegerField()
    created_at = serializers.DateTimeField()
    aliases = serializers.ListField(child=serializers.CharField())
    metrics = serializers.DictField()
    job = serializers.UUIDField(allow_null=True)


class Training(serializers.Serializer[dict[str, Any]]):
    """The latest training."""

    state = serializers.CharField()
    progress = serializers.FloatField()
    message = serializers.CharField()
    error = serializers.DictField(allow_null=True)
    url = serializers.CharField()


class RecommenderSummary(serializers.Serializer[dict[str, Any]]):
    """A recommender in a list."""

    name = serializers.CharField()
    state = serializers.ChoiceField(["training", "ready", "failed"])
    serving_version = serializers.IntegerField(allow_null=True)
    model = serializers.CharField()
    job = serializers.UUIDField(allow_null=True)
    created_at = serializers.DateTimeField()


class RecommenderDetail(RecommenderSummary):
    """A recommender with its data, versions and latest training."""

    dataset = serializers.UUIDField()
    dataset_version = serializers.UUIDField()
    columns = serializers.DictField(child=serializers.CharField())
    items = serializers.DictField(allow_null=True)
    users = serializers.DictField(allow_null=True)
    params = serializers.DictField()
    training = Training(allow_null=True)
    metrics = serializers.DictField(help_text="Of the serving version.")
    versions = Version(many=True)


class AskSimilar(Strict):
    """Query of similar items."""

    k = serializers.IntegerField(default=10, help_text=f"1 to {MAX_K}")


class AskScores(Strict):
    """A user and the items to score."""

    user = serializers.CharField(trim_whitespace=False, max_length=ID_LENGTH)
    items = serializers.ListField(
        child=serializers.CharField(trim_whitespace=False, max_length=ID_LENGTH),
        help_text=f"1 to {MAX_ITEMS}",
    )


class Liked(serializers.Serializer[dict[str, Any]]):
    """Something the user liked, and its share of all that speaks for the answer."""

    item = serializers.CharField()
    title = serializers.CharField(allow_blank=True)
    share = serializers.FloatField()


class WhyAnswered(serializers.Serializer[dict[str, Any]]):
    """Why an item is answered."""

    because = serializers.ChoiceField(["history", "alike_people", "popular"])
    items = Liked(many=True)
    pinned = serializers.BooleanField(help_text="A rule put it in its place.")


class Suggestion(serializers.Serializer[dict[str, Any]]):
    """An item with its score."""

    item = serializers.CharField()
    score = serializers.FloatField()
    title = serializers.CharField(required=False, help_text="Where an item table was given.")
    reason = WhyAnswered(required=False, help_text="With `explain`.")


class RecommendationsAnswer(serializers.Serializer[dict[str, Any]]):
    """Best first; for an unknown user the most popular items, and `known` is false."""

    user = serializers.CharField()
    known = serializers.BooleanField()
    items = Suggestion(many=True)
    model_version = serializers.CharField()
    notes = serializers.ListField(
        child=serializers.CharField(),
        required=False,
        help_text="What could not be followed: a rule about an attribute that is gone.",
    )
    recommendation_id = serializers.CharField(
        required=False, help_text="Of this answer in a running experiment; send it with outcomes."
    )


class BatchAnswer(serializers.Serializer[dict[str, Any]]):
    """One answer per user, in the order asked."""

    results = RecommendationsAnswer(many=True)


class ScoresAnswer(serializers.Serializer[dict[str, Any]]):
    """Scores in the order asked; null for an item the model does not know."""

    user = serializers.CharField()
    known = serializers.BooleanField()
    scores = serializers.ListField(child=serializers.FloatField(allow_null=True))
    model_version = serializers.CharField()


class SimilarAnswer(serializers.Serializer[dict[str, Any]]):
    """Most alike first."""

    item = serializers.CharField()
    items = Suggestion(many=True)
    model_version = serializers.CharField()


class NewEvent(Strict):
    """One thing a user did."""

    user = serializers.CharField(trim_whitespace=False, max_length=ID_LENGTH)
    item = serializers.CharField(trim_whitespace=False, max_length=ID_LENGTH)
    event_id = serializers.CharField(
        required=False, help_text="Your key for this event: sent twice, it counts once."
    )
    kind = serializers.CharField(required=False, help_text="view (default), click, purchase, …")
    value = serializers.FloatField(required=False, allow_null=True)
    occurred_at = serializers.DateTimeField(required=False, help_text="Now by default.")


class RecordedAnswer(serializers.Serializer[dict[str, Any]]):
    """How many events were new; up to MAX_EVENTS are taken at a time."""

    recorded = serializers.IntegerField(help_text=f"At most {MAX_EVENTS}.")
    duplicates = serializers.IntegerField()
