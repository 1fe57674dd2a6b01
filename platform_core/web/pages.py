"""Base of every page: a signed-in person, an organisation, a declared permission."""

from collections.abc import Mapping
from typing import Any, ClassVar, cast

from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.views import View

from platform_core.accounts.api import Actor
from platform_core.errors import PermissionDeniedError, PlatformError


class Page(View):
    """A page whose methods declare the action they need.

    A `PlatformError` raised by a method is rendered as the error state of the page.

    Attributes:
        required_permission: HTTP method -> action of the permission table.
    """

    required_permission: ClassVar[Mapping[str, str]] = {}

    @property
    def actor(self) -> Actor:
        """The signed-in person in their chosen organisation."""
        return cast("Actor", self.request.actor)  # type: ignore[attr-defined]

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """Send strangers to the log-in page, refuse what the role does not allow, show errors."""
        if not request.actor:  # type: ignore[attr-defined]
            return redirect_to_login(request.get_full_path())
        if self.actor.user is not None and self.actor.user.password_is_temporary:
            return redirect("account_change_password")  # somebody else has seen it
        try:
            self._check_permission(request)
            return super().dispatch(request, *args, **kwargs)
        except PlatformError as error:
            return self.render_error(error)

    def _check_permission(self, request: HttpRequest) -> None:
        method = "GET" if request.method == "HEAD" else str(request.method)
        if method not in self.required_permission:
            if hasattr(self, method.lower()) and method != "OPTIONS":
                raise PermissionDeniedError("This page declares no permission for the method.")
            return
        self.actor.require(self.required_permission[method])

    def render_error(self, error: PlatformError) -> HttpResponse:
        """Show what happened, what was kept, what to do, and the request id."""
        template = (
            "components/error.html" if self.request.headers.get("HX-Request") else "error.html"
        )
        return render(self.request, template, {"error": error}, status=error.status)
