"""A person's own page, and the choices of the top bar."""

from typing import Any

from allauth.mfa.utils import is_mfa_enabled
from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import get_language, override
from django.utils.translation import gettext as _
from django.views import View

from platform_core.accounts.adapter import set_language_cookie
from platform_core.accounts.forms import ProfileForm
from platform_core.accounts.services import profile
from platform_core.errors import PlatformError
from platform_core.web.api import Page

THEME_COOKIE = "theme"
"""Read by web's base templates for strangers; a signed-in person's choice is in their row."""


class ProfilePage(Page):
    """Name, language, theme; the way to password and second factor."""

    required_permission = {"GET": "profile.view", "POST": "profile.manage"}

    def get(self, request: HttpRequest) -> HttpResponse:
        """Show the profile."""
        user = self.actor.user
        initial = {"language": get_language()}
        if user is not None:
            initial = {
                "name": user.name,
                "language": user.language or get_language(),
                "theme": user.theme,
            }
        return self._show(ProfileForm(initial=initial))

    def post(self, request: HttpRequest) -> HttpResponse:
        """Save the profile."""
        form = ProfileForm(request.POST)
        if not form.is_valid():
            return self._show(form, status=400)
        profile.change_profile(actor=self.actor, **form.cleaned_data)
        with override(form.cleaned_data["language"]):
            messages.success(request, _("Your profile is saved."))
        response = HttpResponseRedirect(request.path)
        _remember(response, form.cleaned_data)
        return response

    def _show(self, form: ProfileForm, status: int = 200) -> HttpResponse:
        context = {"form": form, "second_factor": is_mfa_enabled(self.request.user)}
        return render(self.request, "account/profile.html", context, status=status)


class Preferences(View):
    """`POST /account/preferences/`: theme or language from the top bar, for strangers too.

    A form is sent back to the page it came from (`next`); htmx is told to reload.
    """

    is_public = True
    http_method_names = ["post", "options"]

    def post(self, request: HttpRequest) -> HttpResponse:
        """Keep what was chosen in this browser, and in the row of a signed-in person."""
        chosen = {
            field: request.POST[field] for field in ("language", "theme") if field in request.POST
        }
        try:
            self._keep(request, chosen)
        except PlatformError as error:
            return render(request, "error.html", {"error": error}, status=error.status)
        response = _back(request)
        _remember(response, chosen)
        return response

    def _keep(self, request: HttpRequest, chosen: dict[str, str]) -> None:
        profile.check_preferences(**chosen)
        actor = request.actor  # type: ignore[attr-defined]
        if actor:
            profile.change_profile(actor=actor, **chosen)


def _remember(response: HttpResponse, chosen: dict[str, Any]) -> None:
    """Set the cookies that carry language and theme where nobody is signed in."""
    if "language" in chosen:
        set_language_cookie(response, chosen["language"])
    if "theme" in chosen:
        response.set_cookie(
            THEME_COOKIE,
            chosen["theme"],
            max_age=365 * 86_400,
            samesite="Lax",
            httponly=True,
            secure=settings.SESSION_COOKIE_SECURE,
        )


def _back(request: HttpRequest) -> HttpResponse:
    if request.headers.get("HX-Request"):
        return HttpResponse(status=204, headers={"HX-Refresh": "true"})
    return HttpResponseRedirect(safe_next(request))


def safe_next(request: HttpRequest) -> str:
    """Return the address to go back to: `next` if it is on this site, else the home page."""
    target = request.POST.get("next", "")
    safe = url_has_allowed_host_and_scheme(
        target, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    )
    return target if safe else "/"
