"""API: requests ready to paste, filled with this organisation's own names and ids."""

import json
import pprint
import shlex
from typing import Any
from urllib.parse import quote

from django.template.loader import render_to_string
from django.utils.translation import gettext as _

from apps.recommendation import services
from apps.recommendation.models import Recommender
from apps.recommendation.views.chosen import RecommenderPage
from platform_core.errors import PlatformError

_REQUESTS = ("recommend", "batch", "score", "similar", "events", "create")


class Api(RecommenderPage):
    """One card per request, in curl and Python."""

    template = "recommendation/api.html"
    tab = "recommendation:api"

    def context(self, recommender: Recommender) -> dict[str, Any]:
        """Return the samples with ids the recommender knows, where it answers."""
        users = self._ids(recommender, "user", ["USER_1", "USER_2"])
        items = self._ids(recommender, "item", ["ITEM_1", "ITEM_2", "ITEM_3"])
        base = self.request.build_absolute_uri("/").rstrip("/")
        values = {
            "base": base,
            "root": f"{base}/api/v1/recommendation/recommenders/{recommender.name}",
            "user": quote(users[0], safe=""),
            "item": quote(items[0], safe=""),
            "bodies": {name: _written(body) for name, body in _bodies(recommender, users, items)},
        }
        return {"cards": [self._card(name, values) for name in _REQUESTS]}

    def _ids(self, recommender: Recommender, kind: str, otherwise: list[str]) -> list[str]:
        if not self.actor.can("prediction.call"):
            return otherwise
        try:
            found = services.search(
                actor=self.actor, name=recommender.name, prefix="", kind=kind, k=len(otherwise)
            )
        except PlatformError:  # the samples stay readable while nothing answers
            return otherwise
        return [each.id for each in found] + otherwise[len(found) :]

    def _card(self, name: str, values: dict[str, Any]) -> dict[str, Any]:
        titles = {
            "recommend": _("Recommendations for one user"),
            "batch": _("Recommendations for many users"),
            "score": _("Scores of given items"),
            "similar": _("Similar items"),
            "events": _("Tell what a user did"),
            "create": _("Train another recommender"),
        }
        texts = {
            "recommend": _(
                "Best first. Somebody unknown gets what is popular, and `known` is false."
            ),
            "batch": _("Up to 1,000 users at a time, in the order asked."),
            "score": _("One number per item, in the order asked; null for an unknown item."),
            "similar": _("Items chosen by the same people."),
            "events": _(
                "The next answer reflects it. Sent twice under one event_id, it counts once."
            ),
            "create": _("Answers at once with a job, which can be asked for its progress."),
        }
        samples = [
            {"language": language, "title": title, "text": _sample(name, language, values)}
            for language, title in (("bash", "curl"), ("python", "Python"))
        ]
        return {"key": name, "title": titles[name], "text": texts[name], "samples": samples}


def _sample(name: str, language: str, values: dict[str, Any]) -> str:
    return render_to_string(f"recommendation/samples/{name}.{language}.txt", values).strip()


def _bodies(
    recommender: Recommender, users: list[str], items: list[str]
) -> list[tuple[str, dict[str, Any]]]:
    columns = {f"{role}_column": name for role, name in recommender.columns.items()}
    event = {"user": users[0], "item": items[0], "kind": "view", "event_id": "order-1-line-1"}
    dataset = str(recommender.dataset_id)
    return [
        ("batch", {"users": users, "k": 10, "exclude_seen": True}),
        ("score", {"user": users[0], "items": items}),
        ("events", event),
        ("create", {"name": f"{recommender.name[:60]}-2", "dataset": dataset, **columns}),
    ]


def _written(body: dict[str, Any]) -> dict[str, str]:
    """Return a body for a shell, quoted, and for Python."""
    return {
        "shell": shlex.quote(json.dumps(body, ensure_ascii=False)),
        "python": pprint.pformat(body, width=72, sort_dicts=False).replace("\n", "\n    "),
    }
