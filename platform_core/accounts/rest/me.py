"""`/api/v1/me/`: who the caller is and what they may do."""

from typing import Any

from django.conf import settings
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from platform_core.accounts.actor import Actor
from platform_core.accounts.models import Organisation, User
from platform_core.accounts.permissions import PERMISSIONS
from platform_core.accounts.selectors import organisations_of
from platform_core.accounts.services.profile import change_profile
from platform_core.web.api import ApiView, body_of


class ProfileChange(serializers.Serializer[Any]):
    """What a person may change about themselves; what is not given stays."""

    name = serializers.CharField(max_length=120, required=False, allow_blank=True)
    language = serializers.ChoiceField([code for code, _ in settings.LANGUAGES], required=False)
    theme = serializers.ChoiceField(User.Theme.values, required=False)


class Me(ApiView):
    """The caller."""

    required_permission = {"GET": "profile.view", "PATCH": "profile.manage"}

    @extend_schema(responses={200: dict})
    def get(self, request: Request) -> Response:
        """Show the person, the organisation acted in, the role, and every action open to this caller."""
        return Response(render(self.actor))

    @extend_schema(request=ProfileChange, responses={200: dict})
    def patch(self, request: Request) -> Response:
        """Change name, language or theme."""
        user = change_profile(actor=self.actor, **body_of(request, ProfileChange))
        return Response(render(self.actor) | _person(user))


def render(actor: Actor) -> dict[str, Any]:
    """Return the caller as the interface shows it."""
    return {
        **(_person(actor.user) if actor.user else {}),
        "organisation": _organisation(actor.organisation),
        "organisations": [_organisation(row) for row in organisations_of(actor.user)],
        "role": actor.role,
        "api_key_id": actor.api_key_id or None,
        "scopes": None if actor.scopes is None else sorted(actor.scopes),
        "permissions": sorted(action for action in PERMISSIONS if actor.can(action)),
    }


def _person(user: User) -> dict[str, Any]:
    return {
        "id": str(user.pk),
        "email": user.email,
        "name": user.name,
        "language": user.language,
        "theme": user.theme,
    }


def _organisation(organisation: Organisation) -> dict[str, str]:
    return {"id": str(organisation.pk), "name": organisation.name, "slug": organisation.slug}
