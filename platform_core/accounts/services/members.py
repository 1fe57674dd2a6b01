"""Members: adding, changing the role, removing; never without a last owner."""

import secrets
from dataclasses import dataclass

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from platform_core.accounts import journal
from platform_core.accounts.actor import Actor
from platform_core.accounts.errors import (
    LastOwnerError,
    MemberExistsError,
    OwnerRoleError,
    PasswordNotOursError,
)
from platform_core.accounts.models import ApiKey, Membership, Organisation, User
from platform_core.accounts.permissions import Role
from platform_core.accounts.selectors import get_member
from platform_core.errors import InvalidInputError


@dataclass(frozen=True)
class AddedMember:
    """A member and the password made for them, shown once; None when they had a log-in already."""

    membership: Membership
    temporary_password: str | None


@transaction.atomic
def add_member(
    *, actor: Actor, email: str, role: str, name: str = "", password: str | None = None
) -> AddedMember:
    """Make a person a member; who is new to the platform gets a log-in with a temporary password.

    Args:
        actor: needs `member.manage`; only an owner makes owners.
        email: the person's log-in name.
        role: one of `Role`.
        name: to show for a new person.
        password: of a new person, chosen by set-up and not temporary; normally None.

    Raises:
        InvalidInputError: the e-mail or role is malformed.
        MemberExistsError: the person is a member already.
        OwnerRoleError: an owner is made by somebody who is none.
    """
    actor.require("member.manage")
    role = _known_role(role)
    _require_owner(actor, role)
    email = _clean_email(email)
    _lock(actor.organisation)
    if Membership.objects.filter(organisation=actor.organisation, user__email=email).exists():
        raise MemberExistsError(email)
    user, temporary = _user(email, name, password)
    added = Membership.objects.create(organisation=actor.organisation, user=user, role=role)
    _note(actor, "member.add", added, role=role)
    return AddedMember(membership=added, temporary_password=temporary)


@transaction.atomic
def change_role(*, actor: Actor, member_id: str, role: str) -> Membership:
    """Give a member another role.

    Raises:
        NotFoundError: no such member.
        LastOwnerError: the organisation would be left without an owner.
        OwnerRoleError: an owner is made or changed by somebody who is none.
    """
    actor.require("member.manage")
    role = _known_role(role)
    _lock(actor.organisation)
    membership = get_member(actor=actor, member_id=member_id)
    _require_owner(actor, role, membership.role)
    if role != Role.OWNER:
        _keep_an_owner(membership)
    before, membership.role = membership.role, role
    membership.save(update_fields=["role"])
    _note(actor, "member.change_role", membership, before=before, role=role)
    return membership


@transaction.atomic
def reset_password(*, actor: Actor, member_id: str) -> AddedMember:
    """Give a member who lost theirs a temporary password; their sessions end, their second factor stays.

    Args:
        actor: needs `member.manage`; an owner's password is reset by an owner.
        member_id: of a person who belongs to this organisation only, so that nobody gets into another
            organisation through it.

    Raises:
        NotFoundError: no such member.
        OwnerRoleError: the member is an owner and the actor is none.
        PasswordNotOursError: it is the actor's own, or the person belongs to another organisation too.
    """
    actor.require("member.manage")
    _lock(actor.organisation)
    membership = get_member(actor=actor, member_id=member_id)
    _require_owner(actor, membership.role)
    user = membership.user
    if actor.user is not None and user.pk == actor.user.pk:
        raise PasswordNotOursError(_("This is your own password; you change it in your profile."))
    if user.is_superuser or user.memberships.exclude(pk=membership.pk).exists():
        raise PasswordNotOursError(
            _("%(email)s belongs to another organisation too.") % {"email": user.email}
        )
    temporary = secrets.token_urlsafe(12)
    user.set_password(temporary)
    user.password_is_temporary = True
    user.save(update_fields=["password", "password_is_temporary"])
    _note(actor, "member.reset_password", membership)
    return AddedMember(membership=membership, temporary_password=temporary)


@transaction.atomic
def remove_member(*, actor: Actor, member_id: str) -> None:
    """End a membership and revoke the person's keys in this organisation.

    Raises:
        NotFoundError: no such member.
        LastOwnerError: the organisation would be left without an owner.
        OwnerRoleError: an owner is removed by somebody who is none.
    """
    actor.require("member.manage")
    _lock(actor.organisation)
    membership = get_member(actor=actor, member_id=member_id)
    _require_owner(actor, membership.role)
    _keep_an_owner(membership)
    keys = ApiKey.objects.owned_by(actor.organisation).filter(user=membership.user, revoked_at=None)
    revoked = keys.update(revoked_at=timezone.now())
    _note(actor, "member.remove", membership, role=membership.role, keys_revoked=revoked)
    membership.delete()


def _lock(organisation: Organisation) -> None:
    """Let one change of membership at a time through, so that two owners cannot demote each other."""
    Organisation.objects.select_for_update().get(pk=organisation.pk)


def _known_role(role: str) -> Role:
    try:
        return Role(role)
    except ValueError:
        known = ", ".join(Role.values)
        raise InvalidInputError(
            _("There is no role “%(role)s”.") % {"role": role[:40]},
            remedy=_("Choose one of: %(known)s.") % {"known": known},
            field="role",
        ) from None


def _clean_email(email: str) -> str:
    email = email.strip().lower()
    try:
        validate_email(email)
    except ValidationError:
        raise InvalidInputError(
            _("“%(email)s” is not an e-mail address.") % {"email": email[:80]}, field="email"
        ) from None
    return email


def _require_owner(actor: Actor, *roles: str) -> None:
    if Role.OWNER in roles and not actor.can("organisation.manage"):
        raise OwnerRoleError


def _keep_an_owner(membership: Membership) -> None:
    owners = Membership.objects.filter(organisation=membership.organisation, role=Role.OWNER)
    if membership.role == Role.OWNER and not owners.exclude(pk=membership.pk).exists():
        raise LastOwnerError


def _user(email: str, name: str, password: str | None) -> tuple[User, str | None]:
    """Return the person of `email` (a new one if unknown) and the temporary password made for them."""
    found = User.objects.filter(email=email).first()
    if found is not None:
        return found, None
    temporary = None if password else secrets.token_urlsafe(12)
    user = User.objects.create_user(
        email, password or temporary, name=name.strip()[:120], password_is_temporary=not password
    )
    return user, temporary


def _note(actor: Actor, action: str, membership: Membership, **details: object) -> None:
    details["user"] = str(membership.user_id)
    journal.record(actor=actor, action=action, target=f"member:{membership.pk}", details=details)
