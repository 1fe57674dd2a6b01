"""Public door of accounts: who is asking, what they may do, and the base of owned objects."""

from platform_core.accounts.actor import Actor, actor_for, platform_actor
from platform_core.accounts.models import (
    ApiKey,
    Membership,
    Organisation,
    OwnedModel,
    OwnedQuerySet,
    User,
)
from platform_core.accounts.permissions import PERMISSIONS, SCOPES, Role

__all__ = [
    "PERMISSIONS",
    "SCOPES",
    "Actor",
    "ApiKey",
    "Membership",
    "Organisation",
    "OwnedModel",
    "OwnedQuerySet",
    "Role",
    "User",
    "actor_for",
    "platform_actor",
]
