"""What the home page and search know of data sets."""

from datetime import timedelta

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from platform_core.accounts.api import Actor
from platform_core.datasets import selectors
from platform_core.datasets.models import Dataset
from platform_core.web.api import Activity, Figure, Hit

_SHOWN = 6


def figure(actor: Actor) -> Figure:
    """Count the data sets."""
    rows = selectors.datasets(actor=actor)
    fresh = rows.filter(created_at__gt=timezone.now() - timedelta(days=7)).count()
    return Figure(
        key="datasets",
        label=_("Data sets"),
        count=rows.count(),
        compare=_("{count} new this week").format(count=fresh),
        href=reverse("datasets:list"),
    )


def activity(actor: Actor) -> list[Activity]:
    """Return the newest data sets."""
    if not actor.can("dataset.view"):
        return []
    return [
        Activity(
            when=row.created_at,
            title=_("Data set {name} was uploaded").format(name=row.name),
            icon="data",
            href=_address(row),
            state=row.state,
        )
        for row in selectors.datasets(actor=actor)[:_SHOWN]
    ]


def search(actor: Actor, query: str) -> list[Hit]:
    """Find data sets by their name."""
    if not actor.can("dataset.view"):
        return []
    found = selectors.datasets(actor=actor).filter(name__icontains=query)[:_SHOWN]
    kind = _("Data set")
    return [Hit(row.name, kind, _address(row), row.description[:120], "data") for row in found]


def _address(row: Dataset) -> str:
    return reverse("datasets:detail", args=[row.pk])
