"""How recommendations are asked for: the options of the query string and of a batch's body."""

import json
from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers
from rest_framework.request import Request

from apps.recommendation.rest.schemas import ID_LENGTH, Strict
from apps.recommendation.services import MAX_K, MAX_LISTED, MAX_USERS, Question

LISTS = ("include", "exclude")
_FILTER = (
    "Conditions on item attributes, all of which must hold: "
    '{"genres": ["Comedy", "Drama"], "year": {"gte": 1990}}. A value means equal, a list any of these; '
    "operators: eq, ne, in, not_in, all_of, gt, gte, lt, lte, exists. `any`, `all` and `not` join "
    "filters. GET .../attributes lists what there is."
)
_RULES = (
    "Business rules of this request, after the recommender's own: a list of objects with `action` boost "
    "(strength 0..10), bury, pin (position), cap (attribute, limit, strict) or hide, about `items` "
    "or a `filter`."
)


class JsonField(serializers.Field[Any, Any, Any, Any]):
    """A JSON document: itself in a body, its text in a query string.

    Args:
        kind: what it must be, `dict` or `list`.
    """

    def __init__(self, kind: type, **options: Any) -> None:
        self.kind = kind
        super().__init__(**options)

    def to_internal_value(self, data: Any) -> Any:
        """Return the document; empty text means none."""
        if isinstance(data, str):
            data = self._loaded(data)
        if not isinstance(data, self.kind):
            wanted = "an object" if self.kind is dict else "a list"
            raise serializers.ValidationError(f"This must be {wanted}, written as JSON.")
        return data

    def to_representation(self, value: Any) -> Any:
        """Return the document."""
        return value

    def _loaded(self, text: str) -> Any:
        if not text.strip():
            return self.kind()
        try:
            return json.loads(text)
        except (ValueError, RecursionError):
            return None


@extend_schema_field({"type": "object", "additionalProperties": True})
class ObjectField(JsonField):
    """A JSON object."""

    def __init__(self, **options: Any) -> None:
        super().__init__(dict, **options)


@extend_schema_field({"type": "array", "items": {"type": "object", "additionalProperties": True}})
class ObjectsField(JsonField):
    """A JSON list of objects."""

    def __init__(self, **options: Any) -> None:
        super().__init__(list, **options)


class IdsField(serializers.ListField):
    """Ids as a JSON list, or as a parameter that is given several times."""

    child = serializers.CharField(trim_whitespace=False, max_length=ID_LENGTH)

    def to_internal_value(self, data: Any) -> list[Any]:
        """Return the ids."""
        if isinstance(data, str):
            data = JsonField(list).to_internal_value(data) if data.startswith("[") else [data]
        return list(super().to_internal_value(data))


class Ask(Strict):
    """Options of recommendations."""

    k = serializers.IntegerField(
        default=10, help_text=f"1 to {MAX_K}; exactly so many, if there are."
    )
    exclude_seen = serializers.BooleanField(
        default=True, help_text="Leave out what the user touched, in the data or through events."
    )
    filter = ObjectField(required=False, help_text=_FILTER)
    include = IdsField(
        required=False, help_text=f"Answer these items only; up to {MAX_LISTED}, as JSON list."
    )
    exclude = IdsField(
        required=False, help_text=f"Never answer these items; up to {MAX_LISTED}, as JSON list."
    )
    diversity = serializers.FloatField(
        default=0.0, help_text="0 = the best scores … 1 = the most different items."
    )
    explain = serializers.BooleanField(
        default=False, help_text="Say of each item why it is answered (`reason`)."
    )
    rules = ObjectsField(required=False, help_text=_RULES)


class AskBatch(Ask):
    """Recommendations for many users."""

    users = serializers.ListField(
        child=serializers.CharField(trim_whitespace=False, max_length=ID_LENGTH),
        help_text=f"1 to {MAX_USERS}",
    )


def query(request: Request) -> dict[str, Any]:
    """Return the checked options of a query string."""
    given: dict[str, Any] = request.query_params.dict()
    for name in LISTS:
        listed = request.query_params.getlist(name)
        if len(listed) > 1:
            given[name] = listed
    bound = Ask(data=given)
    bound.is_valid(raise_exception=True)
    return dict(bound.validated_data)


def question(values: dict[str, Any]) -> Question:
    """Return the question of checked options; programs' answers count in experiments."""
    return Question(
        **{name: value for name, value in values.items() if name != "users"}, counts=True
    )
