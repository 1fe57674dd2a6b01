"""Base of the pages about one recommender: the address names it (`?recommender=films`)."""

from typing import Any, ClassVar

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from apps.recommendation import selectors
from apps.recommendation.models import Recommender
from platform_core.web.api import Page

MAX_LISTED = 200


class RecommenderPage(Page):
    """Shows `template` for the recommender of the address, else the newest that can answer.

    Attributes:
        template: given `recommender`, `recommenders` and what `context` returns.
        tab: URL name of the page, for the tabs and the chooser.
    """

    template: ClassVar[str] = ""
    tab: ClassVar[str] = ""
    required_permission = {"GET": "model.view"}

    def get(self, request: HttpRequest) -> HttpResponse:
        """Show the page, or what to do while there is no recommender."""
        listed = list(selectors.recommenders(actor=self.actor).order_by("-created_at")[:MAX_LISTED])
        chosen = self._chosen(listed)
        shared = {"recommenders": listed, "recommender": chosen, "tab": self.tab}
        if chosen is None:
            return render(request, "recommendation/none.html", shared)
        return render(request, self.template, {**shared, **self.context(chosen)})

    def context(self, recommender: Recommender) -> dict[str, Any]:
        """Return what the template shows besides the recommender."""
        raise NotImplementedError

    def _chosen(self, listed: list[Recommender]) -> Recommender | None:
        if name := self.request.GET.get("recommender", ""):
            return selectors.get_recommender(actor=self.actor, name=name)
        answering = [each for each in listed if each.state == Recommender.State.READY]
        return next(iter(answering or listed), None)
