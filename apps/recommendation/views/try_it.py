"""Try it: what a person would see, and why; the address reproduces the view."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from apps.recommendation import selectors, services
from apps.recommendation.models import Recommender
from apps.recommendation.views import try_links
from apps.recommendation.views.chosen import RecommenderPage
from apps.recommendation.views.try_links import Asked
from platform_core.accounts.api import Actor
from platform_core.errors import PlatformError
from platform_core.web.api import Page


class TryIt(RecommenderPage):
    """Known user, new visitor, or similar items."""

    template = "recommendation/try.html"
    tab = "recommendation:try"
    required_permission = {"GET": "prediction.call"}

    def context(self, recommender: Recommender) -> dict[str, Any]:
        """Return the answer, or the refusal in its place."""
        asked = Asked.of(self.request)
        shown = {"asked": asked, **try_links.frame(recommender.name, asked)}
        try:
            found = _search(self.actor, recommender.name, asked)
            answer = _ANSWERS[asked.mode](self.actor, recommender, asked)
        except PlatformError as error:
            return {**shown, "error": error}
        return {**shown, **try_links.found(recommender.name, asked, found), **answer}


class Search(Page):
    """The list under the search field, as it is typed into."""

    required_permission = {"GET": "prediction.call"}

    def get(self, request: HttpRequest) -> HttpResponse:
        """Return users or items that contain `q`."""
        asked = Asked.of(request)
        name = request.GET.get("recommender", "")
        listed = _search(self.actor, name, asked) if name else []
        context = {"asked": asked, **try_links.found(name, asked, listed)}
        return render(request, "recommendation/found.html", context)


def _search(actor: Actor, name: str, asked: Asked) -> list[services.Found]:
    return services.search(
        actor=actor,
        name=name,
        prefix=asked.q,
        kind="user" if asked.mode == "user" else "item",
        k=12,
    )


def _of_user(actor: Actor, recommender: Recommender, asked: Asked) -> dict[str, Any]:
    if not asked.user:
        return {}
    name = recommender.name
    question = services.Question(k=asked.k, exclude_seen=asked.exclude_seen)
    answer = services.recommend(actor=actor, name=name, user=asked.user, question=question)
    return {
        "answer": answer,
        "results": try_links.results(name, asked, answer.items),
        "history": services.history(actor=actor, name=name, user=asked.user),
        "events": selectors.latest_events(recommender=recommender, user=asked.user),
    }


def _of_visitor(actor: Actor, recommender: Recommender, asked: Asked) -> dict[str, Any]:
    if not asked.picks:
        return {}
    name = recommender.name
    picks = services.titles(actor=actor, name=name, items=asked.picks)
    answer = services.recommend_to_visitor(actor=actor, name=name, items=asked.picks, k=asked.k)
    return {
        "answer": answer,
        "picks": try_links.picks(name, asked, picks),
        "results": try_links.results(name, asked, answer.items),
    }


def _of_item(actor: Actor, recommender: Recommender, asked: Asked) -> dict[str, Any]:
    if not asked.item:
        return {}
    name = recommender.name
    similar = services.similar(actor=actor, name=name, item=asked.item, k=asked.k)
    (subject,) = services.titles(actor=actor, name=name, items=[asked.item])
    return {
        "similar": similar,
        "subject": subject.title or subject.id,
        "results": try_links.results(name, asked, similar.items),
    }


_ANSWERS = {"user": _of_user, "visitor": _of_visitor, "item": _of_item}
