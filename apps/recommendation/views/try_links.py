"""The address of the page “Try it”: what it asks for, and the links that change one thing of it."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _

from apps.recommendation.services import Found, Suggestion
from apps.recommendation.views import conditions, showing
from apps.recommendation.views.conditions import Condition

MODES = ("user", "visitor", "item")
COUNTS = (5, 10, 20, 50)
MAX_PICKS = 30
DEFAULT_K = 10
MAX_DIGITS = 6


@dataclass(frozen=True)
class Asked:
    """What the address asks for.

    Attributes:
        mode: one of MODES.
        q: what was typed into the search field.
        picks: items a new visitor picked.
        conditions: on the items' attributes.
        diversity: 0 to 1, in tenths.
        rules: whether the recommender's own rules are followed.
        versus: number of a second version to show beside, or nothing.
    """

    mode: str = "user"
    user: str = ""
    item: str = ""
    picks: tuple[str, ...] = ()
    k: int = DEFAULT_K
    exclude_seen: bool = True
    q: str = ""
    conditions: tuple[Condition, ...] = ()
    diversity: float = 0.0
    rules: bool = True
    versus: str = ""

    @classmethod
    def of(cls, request: HttpRequest) -> "Asked":
        """Read the address; what makes no sense there falls back on the default."""
        query = request.GET
        mode, k = query.get("mode", ""), query.get("k", "")
        return cls(
            mode=mode if mode in MODES else "user",
            user=query.get("user", ""),
            item=query.get("item", ""),
            picks=tuple(dict.fromkeys(query.getlist("pick")))[:MAX_PICKS],
            k=int(k) if k in map(str, COUNTS) else DEFAULT_K,
            exclude_seen=query.get("seen", "") != "shown",
            q=query.get("q", ""),
            conditions=conditions.read(query),
            diversity=_tenths(query.get("diversity", "")),
            rules=query.get("rules", "") != "off",
            versus=_number(query.get("versus", "")),
        )

    def pairs(self) -> list[tuple[str, str]]:
        """Return the address again, defaults left out."""
        said = [("mode", self.mode)] if self.mode != "user" else []
        said += [("user", self.user)] if self.user else []
        said += [("item", self.item)] if self.item else []
        said += [("pick", pick) for pick in self.picks]
        said += [("k", str(self.k))] if self.k != DEFAULT_K else []
        said += [] if self.exclude_seen else [("seen", "shown")]
        return said + self.options()

    def options(self) -> list[tuple[str, str]]:
        """Return the part of the address that the form of filters and dials holds."""
        said = conditions.pairs(self.conditions)
        said += [("diversity", f"{self.diversity:g}")] if self.diversity else []
        said += [] if self.rules else [("rules", "off")]
        said += [("versus", self.versus)] if self.versus else []
        return said


def href(name: str, asked: Asked) -> str:
    """Return the address of the page for a recommender and a question."""
    query = urlencode([("recommender", name), *asked.pairs()])
    return f"{reverse('recommendation:try')}?{query}"


def frame(name: str, asked: Asked) -> dict[str, Any]:
    """Return what surrounds an answer: modes, search field, dials."""
    titles = {
        "user": _("User"),
        "visitor": _("New visitor"),
        "item": _("Item"),
    }
    labels = {
        "user": _("Find a user by id"),
        "visitor": _("Find items to pick"),
        "item": _("Find an item"),
    }
    return {
        "mode_tabs": [
            {
                "title": titles[mode],
                "href": href(name, replace(asked, mode=mode)),
                "active": mode == asked.mode,
            }
            for mode in MODES
        ],
        "search_label": labels[asked.mode],
        "q": asked.q,
        "kept": [("recommender", name), *asked.pairs()],
        "kept_by_options": [
            ("recommender", name),
            *(pair for pair in asked.pairs() if pair not in asked.options()),
        ],
        "diversity": f"{asked.diversity:g}",
        "has_options": bool(asked.options()),
        "plain_href": href(
            name, replace(asked, conditions=(), diversity=0.0, rules=True, versus="")
        ),
        "seen_href": href(name, replace(asked, exclude_seen=not asked.exclude_seen)),
        "counts": [(count, href(name, replace(asked, k=count))) for count in COUNTS],
    }


def found(name: str, asked: Asked, listed: Sequence[Found]) -> dict[str, Any]:
    """Return what was found, each with the address that chooses it."""
    rows = [{"found": each, **_choice(name, asked, each.id)} for each in listed]
    return {"found": rows, "q": asked.q}


def results(name: str, asked: Asked, items: Sequence[Suggestion]) -> list[dict[str, Any]]:
    """Return suggestions with the length of their bar and the address of what is similar to them."""
    scores = [each.score for each in items]
    low, high = min(scores, default=0.0), max(scores, default=0.0)
    floor = min(0.0, low)
    span = (high - floor) or 1.0
    return [
        {
            "suggestion": each,
            "share": round(100 * (each.score - floor) / span),
            "reason": showing.reason(each.reason),
            "similar_href": href(name, replace(asked, mode="item", item=each.item, q="")),
        }
        for each in items
    ]


def picks(name: str, asked: Asked, chosen: Sequence[Found]) -> list[dict[str, Any]]:
    """Return picked items, each with the address without it."""
    return [{"found": each, "href": href(name, _without(asked, each.id))} for each in chosen]


def _without(asked: Asked, item: str) -> Asked:
    return replace(asked, picks=tuple(pick for pick in asked.picks if pick != item))


def _choice(name: str, asked: Asked, chosen: str) -> dict[str, Any]:
    if asked.mode == "visitor":
        active = chosen in asked.picks
        with_it = replace(asked, picks=(*asked.picks, chosen)[:MAX_PICKS])
        return {
            "active": active,
            "href": href(name, _without(asked, chosen) if active else with_it),
        }
    field = "user" if asked.mode == "user" else "item"
    after = replace(asked, **{field: chosen})  # type: ignore[arg-type]
    return {"active": chosen == getattr(asked, field), "href": href(name, after)}


def _tenths(text: str) -> float:
    """Return a dial's position, 0 where the text is none."""
    try:
        value = round(float(text), 1)
    except ValueError:
        return 0.0
    return value if 0 <= value <= 1 else 0.0


def _number(text: str) -> str:
    return text if text.isdecimal() and len(text) <= MAX_DIGITS else ""
