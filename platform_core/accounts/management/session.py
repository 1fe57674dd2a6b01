"""Who a command acts as: a person named by e-mail, in one of their organisations."""

from platform_core.accounts.actor import Actor, actor_for
from platform_core.accounts.models import Organisation, User
from platform_core.accounts.selectors import organisations_of
from platform_core.errors import InvalidInputError, NotFoundError


def actor_named(email: str, slug: str = "") -> Actor:
    """Return the person acting in the organisation `slug`, or in their only one.

    Raises:
        NotFoundError: no such person or organisation.
        InvalidInputError: the person has several organisations and none was named.
        PermissionDeniedError: the person is not an active member.
    """
    user = User.objects.filter(email=email.strip().lower()).first()
    if user is None:
        raise NotFoundError(f"There is no user {email}.")
    return actor_for(user=user, organisation=organisation_named(slug) if slug else _only(user))


def organisation_named(slug: str) -> Organisation:
    """Return the organisation of a slug.

    Raises:
        NotFoundError: there is none.
    """
    found = Organisation.objects.filter(slug=slug).first()
    if found is None:
        known = ", ".join(Organisation.objects.values_list("slug", flat=True)[:10]) or "none yet"
        raise NotFoundError(f"There is no organisation {slug}; there are: {known}.")
    return found


def _only(user: User) -> Organisation:
    mine = list(organisations_of(user)[:20])
    if not mine:
        raise NotFoundError(f"{user.email} is not a member of any organisation.")
    if len(mine) > 1:
        slugs = ", ".join(organisation.slug for organisation in mine)
        raise InvalidInputError(
            f"{user.email} is a member of several organisations: add --organisation with one of {slugs}."
        )
    return mine[0]
