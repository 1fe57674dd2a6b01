"""Routes that tell items and users between trainings, and list what filters may ask for."""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.request import Request
from rest_framework.response import Response

from apps.recommendation import selectors, services
from apps.recommendation.rest.options import ObjectField
from apps.recommendation.rest.schemas import Strict
from platform_core.web.api import ApiView, body_of

_PERMISSIONS = {"GET": "prediction.call", "POST": "event.write", "DELETE": "event.write"}


class Told(Strict):
    """Attributes: texts, numbers, true or false, or lists of texts; up to 64."""

    attributes = ObjectField(
        help_text="Under the names of the item or user table, so that they fit filters and rules."
    )


class ItemAnswer(Told):
    """What was told of an item since training."""

    item = serializers.CharField()


class UserAnswer(Told):
    """What was told of a user since training."""

    user = serializers.CharField()


class Attribute(serializers.Serializer[dict[str, Any]]):
    """Something filters and rules can ask for."""

    name = serializers.CharField()
    kind = serializers.ChoiceField(["number", "boolean", "time", "text"])
    values = serializers.ListField(
        child=serializers.CharField(), required=False, help_text="Most frequent texts."
    )
    distinct = serializers.IntegerField(required=False)
    least = serializers.FloatField(required=False)
    most = serializers.FloatField(required=False)


class AttributesAnswer(serializers.Serializer[dict[str, Any]]):
    """All attributes of items."""

    attributes = Attribute(many=True)


class Item(ApiView):
    """An item as told since training."""

    required_permission = _PERMISSIONS

    @extend_schema(operation_id="recommendation_item_retrieve", responses=ItemAnswer)
    def get(self, request: Request, name: str, item: str) -> Response:
        """Show what was told; 404 when nothing was since training."""
        live = selectors.get_live_item(actor=self.actor, name=name, item=item)
        return Response({"item": live.item_id, "attributes": live.attributes})

    @extend_schema(
        operation_id="recommendation_item_tell", request=Told, responses={201: ItemAnswer}
    )
    def post(self, request: Request, name: str, item: str) -> Response:
        """Tell an item: the next answer may hold a new one, and filters see a known one's changes."""
        told = body_of(request, Told)["attributes"]
        live = services.put_item(actor=self.actor, name=name, item=item, attributes=told)
        body = {"item": live.item_id, "attributes": live.attributes}
        return Response(body, status=status.HTTP_201_CREATED)

    @extend_schema(operation_id="recommendation_item_forget", responses={204: None})
    def delete(self, request: Request, name: str, item: str) -> Response:
        """Forget what was told: a new item is answered no more, a known one is as it was trained."""
        services.delete_item(actor=self.actor, name=name, item=item)
        return Response(status=status.HTTP_204_NO_CONTENT)


class User(ApiView):
    """A user as told since training."""

    required_permission = _PERMISSIONS

    @extend_schema(operation_id="recommendation_user_retrieve", responses=UserAnswer)
    def get(self, request: Request, name: str, user: str) -> Response:
        """Show what was told; 404 when nothing was since training."""
        live = selectors.get_live_user(actor=self.actor, name=name, user=user)
        return Response({"user": live.user_id, "attributes": live.attributes})

    @extend_schema(
        operation_id="recommendation_user_tell", request=Told, responses={201: UserAnswer}
    )
    def post(self, request: Request, name: str, user: str) -> Response:
        """Tell a user's attributes: without any choice they are served like people with alike ones."""
        told = body_of(request, Told)["attributes"]
        live = services.put_user(actor=self.actor, name=name, user=user, attributes=told)
        body = {"user": live.user_id, "attributes": live.attributes}
        return Response(body, status=status.HTTP_201_CREATED)

    @extend_schema(operation_id="recommendation_user_forget", responses={204: None})
    def delete(self, request: Request, name: str, user: str) -> Response:
        """Forget a user's attributes; their events stay."""
        services.delete_user(actor=self.actor, name=name, user=user)
        return Response(status=status.HTTP_204_NO_CONTENT)


class Attributes(ApiView):
    """What filters and rules may ask for."""

    required_permission = {"GET": "prediction.call"}

    @extend_schema(operation_id="recommendation_attributes", responses=AttributesAnswer)
    def get(self, request: Request, name: str) -> Response:
        """List the attributes of items with their kinds and values."""
        return Response({"attributes": services.attributes(actor=self.actor, name=name)})
