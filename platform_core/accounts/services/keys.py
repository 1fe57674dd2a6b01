"""API keys: making one (its secret is shown once) and revoking it."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from platform_core.accounts import journal
from platform_core.accounts.actor import Actor
from platform_core.accounts.errors import ScopeError
from platform_core.accounts.models import ApiKey
from platform_core.accounts.permissions import SCOPES, allowed_by
from platform_core.accounts.secrets import SHOWN_CHARS, hash_secret, new_secret
from platform_core.accounts.selectors import get_api_key
from platform_core.errors import ConflictError, InvalidInputError, PermissionDeniedError

MAX_NAME_CHARS = 80
MAX_KEYS_PER_PERSON = 100


@dataclass(frozen=True)
class NewApiKey:
    """A key and its secret, which is not kept anywhere and cannot be shown again."""

    key: ApiKey
    secret: str


@transaction.atomic
def create_api_key(
    *, actor: Actor, name: str, scopes: Sequence[str], expires_at: datetime | None = None
) -> NewApiKey:
    """Make a key of the actor's person.

    A key made with another key can do no more and lives no longer than that key: it expires and is
    revoked with it.

    Raises:
        ScopeError: a scope is unknown, or wider than the key used.
        InvalidInputError: name or expiry is malformed.
        ConflictError: the person has too many keys already.
    """
    actor.require("apikey.create")
    if actor.user is None:
        raise PermissionDeniedError(_("An API key belongs to a person, not to the platform."))
    chosen = _clean_scopes(actor, scopes)
    secret = new_secret()
    key = ApiKey(
        organisation=actor.organisation,
        user=actor.user,
        made_with_id=actor.api_key_id or None,
        name=_clean_name(name),
        prefix=secret[:SHOWN_CHARS],
        secret_hash=hash_secret(secret),
        scopes=chosen,
        expires_at=_clean_expiry(actor, expires_at),
    )
    _refuse_too_many(actor)
    key.full_clean()
    key.save()
    journal.record(
        actor=actor, action="apikey.create", target=f"apikey:{key.pk}", details={"scopes": chosen}
    )
    return NewApiKey(key=key, secret=secret)


@transaction.atomic
def revoke_api_key(*, actor: Actor, key_id: str) -> ApiKey:
    """Revoke a key and all that were made with it from this moment; revoking again changes nothing.

    Everybody may revoke their own keys, who has `apikey.manage` those of others too.

    Raises:
        NotFoundError: no such key, or it is not the actor's to see.
    """
    actor.require("apikey.create")
    key = get_api_key(actor=actor, key_id=key_id)
    if key.revoked_at is None:
        key.revoked_at = timezone.now()
        key.save(update_fields=["revoked_at"])
        journal.record(
            actor=actor,
            action="apikey.revoke",
            target=f"apikey:{key.pk}",
            details={"made_with_it": _revoke_descendants(key)},
        )
    return key


def _revoke_descendants(key: ApiKey) -> int:
    """Revoke what was made with a key, with those keys, and so on; return how many there were."""
    found: set[uuid.UUID] = set()
    level = {key.pk}
    while level:
        made = ApiKey.objects.filter(made_with__in=level).values_list("pk", flat=True)
        level = set(made) - found
        found |= level
    live = ApiKey.objects.filter(pk__in=found, revoked_at=None)
    return live.update(revoked_at=key.revoked_at)


def _clean_scopes(actor: Actor, scopes: Sequence[str]) -> list[str]:
    chosen = sorted(set(scopes))
    unknown = [scope for scope in chosen if scope not in SCOPES]
    if unknown or not chosen:
        words = _("There is no scope “%(scope)s”.") % {"scope": unknown[0][:40]} if unknown else ""
        raise ScopeError(
            words or _("Choose at least one scope."),
            remedy=_("Choose from: %(known)s.") % {"known": ", ".join(SCOPES)},
        )
    if actor.scopes is not None and not allowed_by(chosen) <= allowed_by(actor.scopes):
        raise ScopeError(
            _("A key cannot make a key that may do more than itself."),
            remedy=_("Sign in to make this key."),
        )
    return chosen


def _clean_name(name: str) -> str:
    name = name.strip()
    if not 0 < len(name) <= MAX_NAME_CHARS:
        raise InvalidInputError(_("Give the key a name of 1 to 80 letters."), field="name")
    return name


def _clean_expiry(actor: Actor, expires_at: datetime | None) -> datetime | None:
    if expires_at is not None and expires_at <= timezone.now():
        raise InvalidInputError(_("The key would have expired already."), field="expires_at")
    limit = _expiry_of_key_used(actor)
    if limit is None:
        return expires_at
    return min(limit, expires_at or limit)


def _expiry_of_key_used(actor: Actor) -> datetime | None:
    used = ApiKey.objects.filter(pk=actor.api_key_id).first() if actor.api_key_id else None
    return used.expires_at if used else None


def _refuse_too_many(actor: Actor) -> None:
    live = ApiKey.objects.owned_by(actor.organisation).filter(user=actor.user, revoked_at=None)
    if live.count() >= MAX_KEYS_PER_PERSON:
        raise ConflictError(
            _("You have %(count)d API keys already.") % {"count": MAX_KEYS_PER_PERSON},
            remedy=_("Revoke keys you no longer use."),
        )
