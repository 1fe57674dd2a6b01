"""Home, search, the choices of colour scheme and language, and the house's error pages."""

from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST
from django.views.i18n import set_language

from platform_core.accounts.api import User
from platform_core.web import navigation, overview
from platform_core.web.context import THEME_COOKIE, THEMES
from platform_core.web.pages import Page

YEAR_S = 365 * 86_400
LONGEST_QUERY = 200


class HomePage(Page):
    """Applications, figures, recent activity, first steps."""

    required_permission = {"GET": "organisation.view"}

    def get(self, request: HttpRequest) -> HttpResponse:
        """Show the home page."""
        figures = overview.figures(self.actor)
        context = {
            "figures": figures,
            "activity": overview.activity(self.actor),
            "steps": first_steps({figure.key: figure.count for figure in figures}),
        }
        return render(request, "web/home.html", context)


class SearchPage(Page):
    """Everything of the organisation whose name holds the words."""

    required_permission = {"GET": "organisation.view"}

    def get(self, request: HttpRequest) -> HttpResponse:
        """Show what was found."""
        query = request.GET.get("q", "").strip()[:LONGEST_QUERY]
        groups = overview.search(self.actor, query) if query else {}
        count = sum(len(hits) for hits in groups.values())
        return render(
            request, "web/search.html", {"query": query, "groups": groups, "count": count}
        )


def first_steps(counts: dict[str, int]) -> list[dict[str, Any]]:
    """Return the way to the first prediction, or nothing once it has been walked."""
    steps = [
        (_("Bring data"), _("Upload a file of interactions; it is checked, profiled and encrypted."),
         "datasets", "datasets:list", _("Upload data set")),
        (_("Train a model"), _("Choose columns and limits; the queue trains it while you do something else."),
         "models", "recommendation:overview", _("Train recommender")),
        (_("Ask it"), _("The trained model is served; try it here or call it from your own program."),
         "endpoints", "serving:list", _("Open endpoints")),
    ]  # fmt: skip
    done = [counts.get(key, 0) > 0 for _title, _text, key, _url, _label in steps]
    if all(done):
        return []
    current = done.index(False)
    return [
        {
            "title": title,
            "text": text,
            "label": label,
            "href": navigation.address(url),
            "state": "done" if done[place] else "current" if place == current else "todo",
        }
        for place, (title, text, _key, url, label) in enumerate(steps)
    ]


def _back(request: HttpRequest) -> HttpResponseRedirect:
    """Return to the page the choice was made on."""
    target = request.POST.get("next", "")
    safe = url_has_allowed_host_and_scheme(
        target, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    )
    return HttpResponseRedirect(target if safe else "/")


@require_POST
def choose_theme(request: HttpRequest) -> HttpResponse:
    """Keep the colour scheme in this browser, and in the account of a signed-in person."""
    theme = request.POST.get("theme", "")
    if theme not in THEMES:
        return HttpResponse(status=400)
    response: HttpResponse = (
        HttpResponse(status=204) if request.headers.get("X-Requested-With") else _back(request)
    )
    response.set_cookie(THEME_COOKIE, theme, max_age=YEAR_S, samesite="Lax", httponly=True)
    if request.user.is_authenticated:
        User.objects.filter(pk=request.user.pk).update(theme=theme)
    return response


@require_POST
def choose_language(request: HttpRequest) -> HttpResponse:
    """Keep the language in this browser, and in the account of a signed-in person."""
    response: HttpResponse = set_language(request)
    if request.user.is_authenticated:
        User.objects.filter(pk=request.user.pk).update(
            language=request.POST.get("language", "")[:10]
        )
    return response
