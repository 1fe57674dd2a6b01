"""What every page's frame needs."""

from typing import Any

from django.http import HttpRequest

from platform_core.web.navigation import applications


def frame(request: HttpRequest) -> dict[str, Any]:
    """Return the navigation and the actor."""
    return {"applications": applications(), "actor": getattr(request, "actor", None)}
