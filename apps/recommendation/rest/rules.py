"""Routes of the business rules of a recommender."""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.request import Request
from rest_framework.response import Response

from apps.recommendation import selectors, services
from apps.recommendation.models import Rule
from apps.recommendation.rest.options import ObjectField
from apps.recommendation.rest.schemas import ID_LENGTH, Strict
from platform_core.web.api import ApiView, body_of, page

_OWN = ("name", "action", "starts_at", "ends_at")


class NewRule(Strict):
    """A rule that every answer follows while it is active."""

    name = serializers.CharField(help_text="Unique in the recommender.")
    action = serializers.ChoiceField(Rule.Action.choices)
    items = serializers.ListField(
        child=serializers.CharField(trim_whitespace=False, max_length=ID_LENGTH),
        required=False,
        help_text="Items it is about; a pin needs them.",
    )
    filter = ObjectField(required=False, help_text="Or the items that meet a filter.")
    strength = serializers.FloatField(
        required=False, help_text="Of a boost: 0 to 10 deviations of a user's scores; 1 by default."
    )
    position = serializers.IntegerField(
        required=False, help_text="Of the first pinned item; 1 = top."
    )
    attribute = serializers.CharField(required=False, help_text="Whose values a cap counts.")
    limit = serializers.IntegerField(required=False, help_text="Items of each value; 1 by default.")
    strict = serializers.BooleanField(
        required=False, help_text="Hold the cap even if fewer items than asked for are answered."
    )
    starts_at = serializers.DateTimeField(required=False, allow_null=True)
    ends_at = serializers.DateTimeField(required=False, allow_null=True)


class RuleAnswer(NewRule):
    """A rule."""

    id = serializers.UUIDField()
    created_at = serializers.DateTimeField()


class Collection(ApiView):
    """The rules of one recommender."""

    required_permission = {"GET": "model.view", "POST": "rule.manage"}

    @extend_schema(operation_id="recommendation_rules_list", responses=RuleAnswer(many=True))
    def get(self, request: Request, name: str) -> Response:
        """List rules, newest first."""
        return page(self, request, selectors.rules(actor=self.actor, name=name), _render)

    @extend_schema(
        operation_id="recommendation_rules_create", request=NewRule, responses={201: RuleAnswer}
    )
    def post(self, request: Request, name: str) -> Response:
        """Make a rule; it is checked against the serving version's items first."""
        body = body_of(request, NewRule)
        rule = services.NewRule(
            **{field: body.pop(field) for field in _OWN if field in body}, body=body
        )
        made = services.create_rule(actor=self.actor, name=name, rule=rule)
        return Response(_render(made), status=status.HTTP_201_CREATED)


class Detail(ApiView):
    """One rule."""

    required_permission = {"GET": "model.view", "DELETE": "rule.manage"}

    @extend_schema(operation_id="recommendation_rules_retrieve", responses=RuleAnswer)
    def get(self, request: Request, name: str, rule_id: str) -> Response:
        """Show a rule."""
        return Response(_render(selectors.get_rule(actor=self.actor, name=name, rule_id=rule_id)))

    @extend_schema(operation_id="recommendation_rules_destroy", responses={204: None})
    def delete(self, request: Request, name: str, rule_id: str) -> Response:
        """Follow the rule no more, from the next answer on."""
        services.delete_rule(actor=self.actor, name=name, rule_id=rule_id)
        return Response(status=status.HTTP_204_NO_CONTENT)


def _render(rule: Rule) -> dict[str, Any]:
    return {
        "id": str(rule.pk),
        **rule.told(),
        "starts_at": rule.starts_at,
        "ends_at": rule.ends_at,
        "created_at": rule.created_at,
    }
