"""Try it: what a person would see, and why; the address reproduces the view."""

from dataclasses import replace
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from apps.recommendation import selectors, services
from apps.recommendation.models import Recommender
from apps.recommendation.views import conditions, try_links
from apps.recommendation.views.beside import beside
from apps.recommendation.views.chosen import RecommenderPage
from apps.recommendation.views.try_links import Asked
from platform_core.accounts.api import Actor
from platform_core.errors import PlatformError
from platform_core.web.api import Page

MAX_VERSIONS = 30


class TryIt(RecommenderPage):
    """Known user, new visitor, or similar items."""

    template = "recommendation/try.html"
    tab = "recommendation:try"
    required_permission = {"GET": "prediction.call"}

    def context(self, recommender: Recommender) -> dict[str, Any]:
        """Return the answer, or the refusal in its place."""
        asked = Asked.of(self.request)
        shown: dict[str, Any] = {"asked": asked, **try_links.frame(recommender.name, asked)}
        shown |= self._options(recommender, asked)
        try:
            found = _search(self.actor, recommender.name, asked)
            shown |= try_links.found(recommender.name, asked, found)
            known = services.attributes(actor=self.actor, name=recommender.name)
            shown["attributes"] = known
            return {**shown, **_ANSWERS[asked.mode](self.actor, recommender, asked, known)}
        except PlatformError as error:
            return {**shown, "error": error}

    def _options(self, recommender: Recommender, asked: Asked) -> dict[str, Any]:
        """Return what the form of filters and dials offers."""
        versions: list[int] = []
        if self.actor.can("model.view"):
            found = selectors.versions(actor=self.actor, recommender=recommender)[:MAX_VERSIONS]
            versions = [each.number for each in found if each.is_ready]
        return {
            "conditions": conditions.blank(asked.conditions),
            "operators": conditions.OPERATORS.items(),
            "versions": versions,
            "rule_count": recommender.rules.count(),
        }


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


def _question(asked: Asked, known: list[dict[str, Any]]) -> services.Question:
    kinds = {each["name"]: each["kind"] for each in known}
    return services.Question(
        k=asked.k,
        exclude_seen=asked.exclude_seen,
        history=asked.picks if asked.mode == "visitor" else (),
        filter=conditions.as_filter(asked.conditions, kinds),
        diversity=asked.diversity,
        standing_rules=asked.rules,
        explain=True,
    )


def _answered(
    actor: Actor, name: str, user: str, asked: Asked, question: services.Question
) -> dict[str, Any]:
    """Return the answer, and beside it that of a second version where one is asked for."""
    answer = services.recommend(actor=actor, name=name, user=user, question=question)
    shown: dict[str, Any] = {
        "answer": answer,
        "results": try_links.results(name, asked, answer.items),
    }
    if asked.versus:
        other = services.recommend(
            actor=actor, name=name, user=user, question=replace(question, version=asked.versus)
        )
        columns = beside([answer.items, other.items])
        titles = [
            _("Version %(number)s") % {"number": each.model_version} for each in (answer, other)
        ]
        shown["beside"] = list(zip(titles, columns, strict=True))
    return shown


def _of_user(
    actor: Actor, recommender: Recommender, asked: Asked, known: list[dict[str, Any]]
) -> dict[str, Any]:
    if not asked.user:
        return {}
    name = recommender.name
    return {
        **_answered(actor, name, asked.user, asked, _question(asked, known)),
        "history": services.history(actor=actor, name=name, user=asked.user),
        "events": selectors.latest_events(recommender=recommender, user=asked.user),
    }


def _of_visitor(
    actor: Actor, recommender: Recommender, asked: Asked, known: list[dict[str, Any]]
) -> dict[str, Any]:
    if not asked.picks:
        return {}
    name = recommender.name
    picks = services.titles(actor=actor, name=name, items=asked.picks)
    return {
        **_answered(actor, name, services.NEW_VISITOR, asked, _question(asked, known)),
        "picks": try_links.picks(name, asked, picks),
    }


def _of_item(
    actor: Actor, recommender: Recommender, asked: Asked, known: list[dict[str, Any]]
) -> dict[str, Any]:
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
