"""Puts the actor on every page request: the signed-in person in their chosen organisation."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.utils.functional import SimpleLazyObject

from platform_core.accounts.actor import Actor
from platform_core.accounts.models import Membership
from platform_core.accounts.permissions import Role

SESSION_ORGANISATION = "organisation"


def actor_of_session(request: HttpRequest) -> Actor | None:
    """Return the signed-in person's actor, or None for a stranger or a person without a membership."""
    if not request.user.is_authenticated:
        return None
    memberships = Membership.objects.filter(user=request.user).select_related("organisation")
    chosen = request.session.get(SESSION_ORGANISATION)
    found = memberships.filter(organisation_id=chosen).first() if chosen else None
    membership = found or memberships.first()
    if membership is None:
        return None
    return Actor(
        organisation=membership.organisation,
        user=request.user,
        role=Role(membership.role),
        request_id=getattr(request, "request_id", ""),
    )


class ActorMiddleware:
    """Sets `request.actor`, computed at first use so that static and health requests pay nothing."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Attach the lazy actor."""
        request.actor = SimpleLazyObject(lambda: actor_of_session(request))  # type: ignore[attr-defined]
        return self._get_response(request)
