"""What every page's frame needs."""

from typing import Any

from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject

from platform_core.accounts.api import Membership, Organisation
from platform_core.web.navigation import address, applications, rail

THEME_COOKIE = "theme"
THEMES = ("system", "light", "dark")


def theme_of(request: HttpRequest) -> str:
    """Return the person's colour scheme, else this browser's, else the system's."""
    actor = getattr(request, "actor", None)
    chosen = actor.user.theme if actor and actor.user else request.COOKIES.get(THEME_COOKIE, "")
    return chosen if chosen in THEMES else "system"


def organisations_of(request: HttpRequest) -> list[Organisation]:
    """Return the organisations the signed-in person belongs to."""
    actor = getattr(request, "actor", None)
    if not actor or actor.user is None:
        return []
    memberships = Membership.objects.filter(user=actor.user).select_related("organisation")
    return [membership.organisation for membership in memberships]


def frame(request: HttpRequest) -> dict[str, Any]:
    """Return the navigation, the actor and the person's choices; computed only when a template asks."""
    return {
        "applications": applications(),
        "actor": getattr(request, "actor", None),
        "rail": SimpleLazyObject(lambda: rail(request)),
        "theme": SimpleLazyObject(lambda: theme_of(request)),
        "organisations": SimpleLazyObject(lambda: organisations_of(request)),
        "url_of": Addresses(),
    }


class Addresses:
    """Addresses other parts may or may not provide: `{% with url_of.profile as href %}`."""

    preferences = property(lambda self: address("accounts:preferences"))
    profile = property(lambda self: address("accounts:profile"))
    api_keys = property(lambda self: address("accounts:api-keys"))
    members = property(lambda self: address("accounts:members"))
    switch = property(lambda self: address("accounts:switch-organisation"))
    logout = property(lambda self: address("account_logout"))
    login = property(lambda self: address("account_login"))
    docs = property(lambda self: address("docs"))
