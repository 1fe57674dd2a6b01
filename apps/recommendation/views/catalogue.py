"""Catalogue: every item that can be answered, with its attributes; one item with what is like it."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _

from apps.recommendation import selectors, services
from apps.recommendation.errors import ItemUnknownError
from apps.recommendation.models import Recommender
from apps.recommendation.services import catalogue
from apps.recommendation.views import conditions, showing
from apps.recommendation.views.chosen import RecommenderPage
from platform_core.errors import PlatformError
from platform_core.web.api import Page

PAGE = 50
MAX_PAGES = 1_000_000
SIMILAR = 8


class Catalogue(RecommenderPage):
    """Items, most chosen first; `?q=`, conditions and `?page=` choose which."""

    template = "recommendation/catalogue.html"
    tab = "recommendation:catalogue"
    required_permission = {"GET": "prediction.call"}

    def context(self, recommender: Recommender) -> dict[str, Any]:
        """Return a page of items, or the refusal in its place."""
        query = self.request.GET
        rows = conditions.read(query)
        number = _page(query.get("page", ""))
        asked: dict[str, Any] = {
            "q": query.get("q", ""),
            "conditions": conditions.blank(rows),
            "operators": conditions.OPERATORS.items(),
            "has_conditions": bool(rows),
        }
        try:
            known = services.attributes(actor=self.actor, name=recommender.name)
            kinds = {each["name"]: each["kind"] for each in known}
            shelf = catalogue.browse(
                actor=self.actor,
                name=recommender.name,
                text=asked["q"],
                conditions=conditions.as_filter(rows, kinds),
                offset=(number - 1) * PAGE,
                k=PAGE,
            )
        except PlatformError as error:
            return {**asked, "error": error}
        kept = [("recommender", recommender.name), ("q", asked["q"]), *conditions.pairs(rows)]
        return {
            **asked,
            "attributes": known,
            "rows": [_row(recommender.name, each, kinds) for each in shelf.items],
            "columns": [name for name in kinds if name.lower() != "title"][:4],
            "paging": _paging(kept, number, shelf.total),
        }


class ItemSheet(Page):
    """One item: attributes, how often it was chosen, what is like it."""

    required_permission = {"GET": "prediction.call"}

    def get(self, request: HttpRequest, name: str) -> HttpResponse:
        """Show the item that `?item=` names, as a side sheet or a page of its own."""
        selectors.get_recommender(actor=self.actor, name=name)
        wanted = request.GET.get("item", "")
        found = catalogue.item(actor=self.actor, name=name, item_id=wanted)
        if found is None:
            raise ItemUnknownError(
                f"“{wanted[:80]}” was not in the data “{name}” learned from.",
                remedy="Check the id, or retrain on data that holds the item.",
            )
        alike = services.similar(actor=self.actor, name=name, item=wanted, k=SIMILAR)
        context = {
            "item": found,
            "facts": [(key, showing.written(value)) for key, value in found.attributes.items()],
            "similar": [(each, item_href(name, each.item)) for each in alike.items],
            "name": name,
        }
        is_fragment = bool(request.headers.get("HX-Request"))
        shape = "recommendation/item_sheet.html" if is_fragment else "recommendation/item.html"
        return render(request, shape, context)


def item_href(name: str, item: str) -> str:
    """Return the address of one item."""
    return f"{reverse('recommendation:item', args=[name])}?{urlencode({'item': item})}"


def _row(name: str, item: catalogue.Item, kinds: Mapping[str, str]) -> dict[str, Any]:
    columns = [column for column in kinds if column.lower() != "title"][:4]
    return {
        "item": item,
        "href": item_href(name, item.id),
        "values": [
            showing.written(item.attributes.get(column), kinds[column]) for column in columns
        ],
    }


def _page(text: str) -> int:
    return int(text) if text.isdecimal() and 0 < int(text[:9]) <= MAX_PAGES else 1


def _paging(kept: list[tuple[str, str]], number: int, total: int) -> dict[str, Any]:
    """Return the words under the table and the addresses beside this page."""
    first, last = (number - 1) * PAGE + 1, min(number * PAGE, total)
    address = reverse("recommendation:catalogue")

    def href(page: int) -> str:
        return f"{address}?{urlencode([*kept, ('page', str(page))])}"

    words = _("%(first)s to %(last)s of %(total)s items")
    return {
        "total": total,
        "words": words % {"first": f"{first:,}", "last": f"{last:,}", "total": f"{total:,}"},
        "previous": href(number - 1) if number > 1 else "",
        "next": href(number + 1) if last < total else "",
    }
