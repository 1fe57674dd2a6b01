"""Organisations: founding one, and changing to another."""

import uuid

from django.db import transaction
from django.utils.text import slugify
from django.utils.translation import gettext as _

from platform_core.accounts import journal
from platform_core.accounts.actor import Actor, platform_actor
from platform_core.accounts.models import Membership, Organisation, User
from platform_core.accounts.permissions import Role
from platform_core.errors import ConflictError, InvalidInputError, NotFoundError

MAX_NAME_CHARS = 120


@transaction.atomic
def create_organisation(*, actor: Actor, name: str, slug: str = "") -> Organisation:
    """Found an organisation whose first owner is the actor.

    Raises:
        PermissionDeniedError: the actor owns no organisation.
        InvalidInputError: the name is empty or too long.
        ConflictError: the slug is taken.
    """
    actor.require("organisation.manage")
    organisation = found_organisation(name=name, slug=slug)
    if actor.user is not None:
        Membership.objects.create(organisation=organisation, user=actor.user, role=Role.OWNER)
    return organisation


@transaction.atomic
def found_organisation(*, name: str, slug: str = "") -> Organisation:
    """Found an organisation without members: set-up of the platform, which adds its first owner next.

    Raises:
        InvalidInputError: the name is empty or too long.
        ConflictError: the slug is taken.
    """
    name = name.strip()
    if not 0 < len(name) <= MAX_NAME_CHARS or "\0" in name:
        raise InvalidInputError(
            _("Give the organisation a name of 1 to 120 letters."), field="name"
        )
    if slug and Organisation.objects.filter(slug=slug).exists():
        raise ConflictError(_("The short name “%(slug)s” is taken.") % {"slug": slug}, field="slug")
    organisation = Organisation(name=name, slug=slug or _free_slug(name))
    organisation.full_clean()
    organisation.save()
    target = f"organisation:{organisation.pk}"
    journal.record(actor=platform_actor(organisation), action="organisation.create", target=target)
    return organisation


def switch_organisation(*, actor: Actor, organisation_id: str) -> Actor:
    """Return the same person acting in another of their organisations.

    Raises:
        NotFoundError: no such organisation, or the person is not a member of it.
    """
    try:
        membership = Membership.objects.select_related("organisation").get(
            user=actor.user, organisation_id=uuid.UUID(organisation_id)
        )
    except (ValueError, Membership.DoesNotExist):
        raise NotFoundError(_("You are not a member of such an organisation.")) from None
    moved = Actor(
        organisation=membership.organisation,
        user=actor.user,
        role=Role(membership.role),
        request_id=actor.request_id,
    )
    journal.record(
        actor=moved, action="session.switch", target=f"organisation:{moved.organisation.pk}"
    )
    return moved


def first_organisation(user: User) -> Organisation | None:
    """Return the organisation a person joined first, in which they act by default."""
    membership = user.memberships.select_related("organisation").first()
    return membership.organisation if membership else None


def _free_slug(name: str) -> str:
    """Return a slug from the name; names of other scripts get a random one."""
    base = slugify(name)[:40].strip("-") or "organisation"
    taken = Organisation.objects.filter(slug=base).exists() or base == "organisation"
    return f"{base}-{uuid.uuid4().hex[:6]}" if taken else base
