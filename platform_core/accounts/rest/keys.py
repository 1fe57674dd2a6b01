"""`/api/v1/api-keys/`: the credentials of programs."""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from platform_core.accounts import selectors
from platform_core.accounts.models import ApiKey
from platform_core.accounts.permissions import SCOPES
from platform_core.accounts.services import keys
from platform_core.web.api import ApiView, body_of, page


class NewKey(serializers.Serializer[Any]):
    """A key to make."""

    name = serializers.CharField(max_length=keys.MAX_NAME_CHARS)
    scopes = serializers.ListField(
        child=serializers.CharField(max_length=40), min_length=1, max_length=len(SCOPES)
    )
    expires_at = serializers.DateTimeField(required=False, allow_null=True)


class KeyList(ApiView):
    """The caller's keys; all keys of the organisation for who manages them."""

    required_permission = {"GET": "apikey.view", "POST": "apikey.create"}
    answer_is_secret = True

    @extend_schema(responses={200: dict})
    def get(self, request: Request) -> Response:
        """List keys, newest first; never their secrets."""
        return page(self, request, selectors.api_keys(actor=self.actor), render)

    @extend_schema(request=NewKey, responses={201: dict})
    def post(self, request: Request) -> Response:
        """Make a key of the caller; its `secret` is shown only in this answer."""
        made = keys.create_api_key(actor=self.actor, **body_of(request, NewKey))
        return Response(render(made.key) | {"secret": made.secret}, status=201)


class KeyDetail(ApiView):
    """One key."""

    required_permission = {"GET": "apikey.view", "DELETE": "apikey.create"}

    @extend_schema(responses={200: dict})
    def get(self, request: Request, key_id: str) -> Response:
        """Show a key."""
        return Response(render(selectors.get_api_key(actor=self.actor, key_id=key_id)))

    @extend_schema(responses={204: None})
    def delete(self, request: Request, key_id: str) -> Response:
        """Revoke the key from this moment."""
        keys.revoke_api_key(actor=self.actor, key_id=key_id)
        return Response(status=204)


class KeyRevocation(ApiView):
    """`POST …/revoke/`: for clients that cannot send DELETE, and to get the key back."""

    required_permission = {"POST": "apikey.create"}

    @extend_schema(request=None, responses={200: dict})
    def post(self, request: Request, key_id: str) -> Response:
        """Revoke the key from this moment."""
        return Response(render(keys.revoke_api_key(actor=self.actor, key_id=key_id)))


def render(key: ApiKey) -> dict[str, Any]:
    """Return a key as the interface shows it, without its secret."""
    times = {
        field: value.isoformat() if (value := getattr(key, field)) else None
        for field in ("created_at", "expires_at", "revoked_at", "last_used_at")
    }
    return {
        "id": str(key.pk),
        "name": key.name,
        "prefix": key.prefix,
        "user": key.user.email,
        "scopes": key.scopes,
        "usable": key.is_usable,
        **times,
    }
