"""Reads of the accounts part."""

import uuid
from collections.abc import Iterable
from typing import TypeVar

from django.core.exceptions import ObjectDoesNotExist
from django.db.models import Model, QuerySet
from django.utils.translation import gettext as _

from platform_core.accounts.actor import Actor
from platform_core.accounts.models import ApiKey, Membership, Organisation, User
from platform_core.errors import NotFoundError

_Row = TypeVar("_Row", bound=Model)


def members(*, actor: Actor) -> QuerySet[Membership]:
    """Return the members of the actor's organisation with their persons."""
    actor.require("member.view")
    return Membership.objects.filter(organisation=actor.organisation).select_related("user")


def get_member(*, actor: Actor, member_id: str | uuid.UUID) -> Membership:
    """Return one member.

    Raises:
        NotFoundError: no such member in the actor's organisation.
    """
    return _one(members(actor=actor), member_id, _("There is no such member."))


def api_keys(*, actor: Actor) -> QuerySet[ApiKey]:
    """Return the actor's own keys in this organisation; all of its keys for those who manage them."""
    actor.require("apikey.view")
    keys = ApiKey.objects.owned_by(actor.organisation).select_related("user")
    return keys if actor.can("apikey.manage") else keys.filter(user=actor.user)


def get_api_key(*, actor: Actor, key_id: str | uuid.UUID) -> ApiKey:
    """Return one key the actor may see.

    Raises:
        NotFoundError: no such key, or it is not the actor's to see.
    """
    return _one(api_keys(actor=actor), key_id, _("There is no such API key."))


def organisations_of(user: User | None) -> QuerySet[Organisation]:
    """Return the organisations a person is a member of."""
    return (
        Organisation.objects.filter(memberships__user=user) if user else Organisation.objects.none()
    )


def emails_of(user_ids: Iterable[uuid.UUID | None]) -> dict[uuid.UUID, str]:
    """Return the e-mail of each person still known: the audit log keeps ids only."""
    return dict(
        User.objects.filter(pk__in={pk for pk in user_ids if pk}).values_list("pk", "email")
    )


def _one(rows: QuerySet[_Row], key: str | uuid.UUID, words: str) -> _Row:
    try:
        return rows.get(pk=uuid.UUID(str(key)))
    except (ValueError, ObjectDoesNotExist):
        raise NotFoundError(words) from None
