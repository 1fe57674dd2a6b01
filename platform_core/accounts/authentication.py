"""REST authentication: `Authorization: Bearer pq_...`, or the session of a signed-in person."""

from rest_framework.authentication import BaseAuthentication, SessionAuthentication
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.request import Request

from platform_core.accounts.actor import Actor
from platform_core.accounts.middleware import actor_of_session
from platform_core.accounts.models import User
from platform_core.accounts.secrets import actor_of_secret


class ApiKeyAuthentication(BaseAuthentication):
    """Accepts a bearer key; sets `request.actor`."""

    def authenticate(self, request: Request) -> tuple[User, Actor] | None:
        """Return (user, actor), or None when the request carries no key."""
        scheme, _, secret = request.headers.get("Authorization", "").partition(" ")
        if scheme.lower() != "bearer" or not secret:
            return None
        actor = actor_of_secret(secret.strip(), request_id=getattr(request, "request_id", ""))
        if actor is None or actor.user is None:
            raise AuthenticationFailed("The API key is unknown, expired or revoked.")
        return actor.user, actor

    def authenticate_header(self, request: Request) -> str:
        """Name the scheme a 401 asks for."""
        return "Bearer"


class SessionActorAuthentication(SessionAuthentication):
    """Accepts the session of a signed-in person (with CSRF check)."""

    def authenticate(self, request: Request) -> tuple[User, Actor] | None:
        """Return (user, actor), or None for a stranger."""
        if super().authenticate(request) is None:
            return None
        # DRF's request would ask this class again who its user is
        actor = actor_of_session(request._request)  # noqa: SLF001  (as DRF's own class does)
        return None if actor is None or actor.user is None else (actor.user, actor)
