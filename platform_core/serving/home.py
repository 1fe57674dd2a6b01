"""What serving puts on the home page and into search."""

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from platform_core.accounts.api import Actor
from platform_core.serving import selectors
from platform_core.web.api import Figure, Hit, register_figure, register_search

_LIMIT = 12


def register() -> None:
    """Tell the home page and search what to ask."""
    register_figure(figure)
    register_search(search)


def figure(actor: Actor) -> Figure:
    """Return how many endpoints programs can call."""
    endpoints = selectors.endpoints(actor=actor)
    models = endpoints.values("model_name").distinct().count()
    words = ngettext("%d model behind them", "%d models behind them", models) % models
    return Figure("endpoints", _("Endpoints"), endpoints.count(), words, reverse("serving:list"))


def search(actor: Actor, query: str) -> list[Hit]:
    """Return the endpoints whose name holds the words."""
    if not actor.can("endpoint.view"):
        return []
    found = selectors.endpoints(actor=actor).filter(name__icontains=query)[:_LIMIT]
    return [
        Hit(row.name, _("Endpoint"), reverse("serving:detail", args=[row.name]), row.model_name)
        for row in found
    ]
