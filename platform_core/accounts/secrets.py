"""API key secrets: how one is made, kept, and turned back into the actor it stands for."""

import hashlib
import secrets
from datetime import timedelta

from django.db.models import OuterRef, Subquery
from django.utils import timezone

from platform_core.accounts.actor import Actor
from platform_core.accounts.models import ApiKey, Membership
from platform_core.accounts.permissions import Role

PREFIX = "pq_"
SHOWN_CHARS = 10
"""How much of a secret is kept to recognise it by: the prefix and 42 of its 256 bits."""
_MAX_CHARS = 128
_TOUCH_EVERY = timedelta(minutes=1)


def new_secret() -> str:
    """Return `pq_` and 256 random bits in URL-safe base 64."""
    return PREFIX + secrets.token_urlsafe(32)


def hash_secret(secret: str) -> str:
    """Return the SHA-256 of a key; 256 random bits need no slow hash."""
    return hashlib.sha256(secret.encode()).hexdigest()


def actor_of_secret(secret: str, *, request_id: str = "", touch: bool = True) -> Actor | None:
    """Return the actor an API key stands for, or None when the key is unknown, expired or revoked.

    One query, never cached: a revoked key, a removed member or a changed role shows at the next call.

    Args:
        secret: as the caller sent it.
        request_id: of the request, for the audit log.
        touch: note the use of the key (at most one write a minute); a process that must never wait for the
            database's write lock passes False and calls `touch_api_key` elsewhere.
    """
    if not secret.startswith(PREFIX) or len(secret) > _MAX_CHARS:
        return None
    role = Membership.objects.filter(
        organisation=OuterRef("organisation"), user=OuterRef("user")
    ).values("role")
    keys = ApiKey.objects.select_related("organisation", "user").annotate(role=Subquery(role))
    key = keys.filter(secret_hash=hash_secret(secret)).first()
    if key is None or key.role is None or not (key.is_usable and key.user.is_active):
        return None
    if touch and (key.last_used_at is None or timezone.now() - key.last_used_at > _TOUCH_EVERY):
        touch_api_key(api_key_id=str(key.pk))
    return Actor(
        organisation=key.organisation,
        user=key.user,
        role=Role(key.role),
        scopes=frozenset(key.scopes),
        api_key_id=str(key.pk),
        request_id=request_id,
    )


def touch_api_key(*, api_key_id: str) -> None:
    """Note that a key was used now."""
    ApiKey.objects.filter(pk=api_key_id).update(last_used_at=timezone.now())
