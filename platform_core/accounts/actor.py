"""The actor: who is asking, in which organisation, and what they may do."""

from dataclasses import dataclass, field

from platform_core.accounts.models import Membership, Organisation, User
from platform_core.accounts.permissions import PERMISSIONS, SCOPES, Role
from platform_core.errors import PermissionDeniedError


@dataclass(frozen=True)
class Actor:
    """Passed to every service; frozen, so a service can trust what was checked at the door.

    Attributes:
        organisation: the tenant acted in.
        user: the person, or None for the platform itself (reaper, scheduler, set-up).
        role: the person's role; None with `user`.
        scopes: of the API key used; None means a session or the platform: no narrowing.
        api_key_id: id of the key used, for the audit log.
        request_id: the request that carries the action, for logs and the audit log.
    """

    organisation: Organisation
    user: User | None = None
    role: Role | None = None
    scopes: frozenset[str] | None = None
    api_key_id: str = ""
    request_id: str = field(default="", compare=False)

    @property
    def label(self) -> str:
        """Name to show in logs: the person's e-mail, or `platform`."""
        return "platform" if self.user is None else self.user.email

    def can(self, action: str) -> bool:
        """Say whether the actor may take `action`; an unknown action is a programming error."""
        allowed_roles = PERMISSIONS[action]
        if self.user is None:
            return True
        in_scope = self.scopes is None or any(action in SCOPES[scope] for scope in self.scopes)
        return self.role in allowed_roles and in_scope

    def require(self, action: str) -> None:
        """Refuse unless the actor may take `action`.

        Raises:
            PermissionDeniedError: role or API key scope does not allow it.
        """
        if not self.can(action):
            raise PermissionDeniedError(
                f"This needs the permission “{action}”, which your role or API key does not have.",
                remedy="Ask an owner or administrator of your organisation.",
                permission=action,
            )


def platform_actor(organisation: Organisation) -> Actor:
    """Return the platform itself, acting in `organisation`."""
    return Actor(organisation=organisation)


def actor_for(*, user: User, organisation: Organisation) -> Actor:
    """Return `user` acting in `organisation`.

    Raises:
        PermissionDeniedError: the user is not an active member.
    """
    membership = Membership.objects.filter(user=user, organisation=organisation).first()
    if membership is None or not user.is_active:
        raise PermissionDeniedError(f"{user.email} is not an active member of {organisation.name}.")
    return Actor(organisation=organisation, user=user, role=Role(membership.role))
