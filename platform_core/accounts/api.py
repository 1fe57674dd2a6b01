"""Public door of accounts: who is asking, what they may do, and the base of owned objects."""

from platform_core.accounts.actor import Actor, actor_for, platform_actor
from platform_core.accounts.journal import use_journal
from platform_core.accounts.models import (
    ApiKey,
    Membership,
    Organisation,
    OwnedModel,
    OwnedQuerySet,
    User,
)
from platform_core.accounts.permissions import PERMISSIONS, SCOPES, Role
from platform_core.accounts.secrets import actor_of_secret, touch_api_key
from platform_core.accounts.selectors import api_keys, emails_of, get_member, members
from platform_core.accounts.services.keys import NewApiKey, create_api_key, revoke_api_key
from platform_core.accounts.services.members import (
    AddedMember,
    add_member,
    change_role,
    remove_member,
    reset_password,
)
from platform_core.accounts.services.organisations import (
    create_organisation,
    found_organisation,
    switch_organisation,
)
from platform_core.accounts.services.profile import change_profile

__all__ = [
    "PERMISSIONS",
    "SCOPES",
    "Actor",
    "AddedMember",
    "ApiKey",
    "Membership",
    "NewApiKey",
    "Organisation",
    "OwnedModel",
    "OwnedQuerySet",
    "Role",
    "User",
    "actor_for",
    "actor_of_secret",
    "add_member",
    "api_keys",
    "change_profile",
    "change_role",
    "create_api_key",
    "create_organisation",
    "emails_of",
    "found_organisation",
    "get_member",
    "members",
    "platform_actor",
    "remove_member",
    "reset_password",
    "revoke_api_key",
    "switch_organisation",
    "touch_api_key",
    "use_journal",
]
