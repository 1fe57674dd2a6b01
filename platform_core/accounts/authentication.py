"""REST authentication: `Authorization: Bearer pq_...`, or the session of a signed-in person."""

import hashlib
from datetime import timedelta

from django.utils import timezone
from rest_framework.authentication import BaseAuthentication, SessionAuthentication
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.request import Request

from platform_core.accounts.actor import Actor
from platform_core.accounts.middleware import actor_of_session
from platform_core.accounts.models import ApiKey, Membership, User
from platform_core.accounts.permissions import Role

_TOUCH_EVERY = timedelta(minutes=1)


def hash_secret(secret: str) -> str:
    """Return the SHA-256 of a key; 256 random bits need no slow hash."""
    return hashlib.sha256(secret.encode()).hexdigest()


def actor_of_secret(secret: str, *, request_id: str = "") -> Actor | None:
    """Return the actor an API key stands for, or None when the key is unknown, expired or revoked."""
    key = (
        ApiKey.objects.select_related("organisation", "user")
        .filter(secret_hash=hash_secret(secret))
        .first()
    )
    if key is None or not key.is_usable or not key.user.is_active:
        return None
    membership = Membership.objects.filter(organisation=key.organisation, user=key.user).first()
    if membership is None:
        return None
    now = timezone.now()
    if key.last_used_at is None or now - key.last_used_at > _TOUCH_EVERY:
        ApiKey.objects.filter(pk=key.pk).update(last_used_at=now)
    return Actor(
        organisation=key.organisation,
        user=key.user,
        role=Role(membership.role),
        scopes=frozenset(key.scopes),
        api_key_id=str(key.pk),
        request_id=request_id,
    )


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
        found = super().authenticate(request)
        actor = actor_of_session(request) if found else None
        return None if actor is None or actor.user is None else (actor.user, actor)
