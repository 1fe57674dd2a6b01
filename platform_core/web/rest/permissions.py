"""A REST view declares the action each of its methods needs; an undeclared method is refused."""

from rest_framework.permissions import BasePermission
from rest_framework.request import Request
from rest_framework.views import APIView

from platform_core.accounts.api import Actor


class DeclaredPermission(BasePermission):
    """Checks `view.required_permission[method]` against the actor."""

    def has_permission(self, request: Request, view: APIView) -> bool:
        """Refuse strangers (401) and actors without the declared action (403)."""
        if not isinstance(request.auth, Actor):
            return False
        declared = getattr(view, "required_permission", {})
        method = request.method or ""
        if method not in declared:
            return method not in {m.upper() for m in dir(view) if m in view.http_method_names}
        request.auth.require(declared[method])
        return True
