"""Data: the data sets a recommender can learn from."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from apps.recommendation import selectors, services
from platform_core.accounts.api import Actor
from platform_core.datasets import api as datasets
from platform_core.web.api import Page

MAX_LISTED = 100


class Data(Page):
    """Lists data sets with what they could be used for."""

    required_permission = {"GET": "dataset.view"}

    def get(self, request: HttpRequest) -> HttpResponse:
        """Show the newest data sets."""
        return render(request, "recommendation/data.html", {"rows": rows(self.actor)})


def rows(actor: Actor) -> list[dict[str, Any]]:
    """Return the data sets with their current version, guessed columns and recommenders."""
    used = selectors.users_of_datasets(actor=actor)
    listed = datasets.datasets_with_versions(actor=actor)[:MAX_LISTED]
    return [_row(each, used.get(str(each.pk), [])) for each in listed]


def _row(dataset: datasets.Dataset, recommenders: list[str]) -> dict[str, Any]:
    ready: list[datasets.DatasetVersion] = dataset.ready  # type: ignore[attr-defined]  # prefetched
    version = next(iter(ready), None)
    names = [column["name"] for column in version.columns] if version else []
    spoken = services.speaking_columns(names)
    return {
        "dataset": dataset,
        "version": version,
        "roles": [(role, name) for role, name in spoken.items() if name],
        "recommenders": recommenders,
    }
