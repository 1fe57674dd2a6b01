"""A REST view declares the action each of its methods needs; an undeclared method is refused."""

from typing import TYPE_CHECKING

from rest_framework.permissions import BasePermission
from rest_framework.request import Request

from platform_core.accounts.api import Actor

if TYPE_CHECKING:  # rest_framework.views imports this module while it is itself being imported
    from rest_framework.views import APIView


class DeclaredPermission(BasePermission):
    """Checks `view.required_permission[method]` against the actor."""

    def has_permission(self, request: Request, view: "APIView") -> bool:
        """Refuse strangers (401) and actors without the declared action (403)."""
        if not isinstance(request.auth, Actor):
            return False
        declared = getattr(view, "required_permission", {})
        method = request.method or ""
        if method in declared:
            request.auth.require(declared[method])
            return True
        return not hasattr(view, method.lower())  # an absent method goes on to its 405
