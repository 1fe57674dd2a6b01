"""Home and search."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from platform_core.web import navigation, overview
from platform_core.web.pages import Page

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
