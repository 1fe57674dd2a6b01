"""Limits the requests of one caller per minute (THROTTLE_RATE)."""

from typing import TYPE_CHECKING

from rest_framework.request import Request
from rest_framework.throttling import SimpleRateThrottle

from platform_core.accounts.api import Actor

if TYPE_CHECKING:  # rest_framework.views imports this module while it is itself being imported
    from rest_framework.views import APIView


class ActorThrottle(SimpleRateThrottle):
    """One budget per API key, per person, or per address for strangers."""

    scope = "actor"

    def get_cache_key(self, request: Request, view: "APIView") -> str:
        """Return the budget this request draws on."""
        actor = request.auth
        if isinstance(actor, Actor):
            ident = actor.api_key_id or str(actor.user.pk if actor.user else "platform")
        else:
            ident = self.get_ident(request)
        return self.cache_format % {"scope": self.scope, "ident": ident}
