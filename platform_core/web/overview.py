"""What parts above web put on the home page and into search; they register callables in apps.ready()."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from platform_core.accounts.api import Actor
from platform_core.web.words import Words

LIMIT_OF_ACTIVITY = 12
LIMIT_OF_HITS = 20


@dataclass(frozen=True)
class Figure:
    """One figure of the home page's strip.

    Attributes:
        key: "datasets", "jobs", "models", "endpoints": its place in the strip.
        count: the number itself; nought in datasets, models or endpoints keeps the first steps on the page.
        compare: what it is compared with, in words ("3 more than last week").
    """

    key: str
    label: Words
    count: int
    compare: Words = ""
    href: str = ""


@dataclass(frozen=True)
class Activity:
    """Something that happened: "Recommender films was trained", when, and where to see it."""

    when: datetime
    title: Words
    text: Words = ""
    icon: str = "clock"
    href: str = ""
    state: str = ""


@dataclass(frozen=True)
class Hit:
    """One thing found by search; `kind` is its group in words ("Data set")."""

    title: Words
    kind: Words
    href: str
    text: Words = ""
    icon: str = "file"


FigureSource = Callable[[Actor], Figure]
ActivitySource = Callable[[Actor], list[Activity]]
SearchSource = Callable[[Actor, str], list[Hit]]

_figures: list[FigureSource] = []
_activities: list[ActivitySource] = []
_searches: list[SearchSource] = []
_ORDER = ("datasets", "jobs", "models", "endpoints")


def register_figure(source: FigureSource) -> None:
    """Add a figure to the home page's strip (at most four are shown)."""
    if source not in _figures:
        _figures.append(source)


def register_activity(source: ActivitySource) -> None:
    """Add a source of recent activity; it returns its newest dozen, newest first."""
    if source not in _activities:
        _activities.append(source)


def register_search(source: SearchSource) -> None:
    """Add a source of search results; it checks permissions itself and returns at most 20 hits."""
    if source not in _searches:
        _searches.append(source)


def figures(actor: Actor) -> list[Figure]:
    """Return the strip's figures in their order."""
    found = [source(actor) for source in _figures]
    places = {key: place for place, key in enumerate(_ORDER)}
    return sorted(found, key=lambda figure: places.get(figure.key, len(places)))[:4]


def activity(actor: Actor) -> list[Activity]:
    """Return what happened lately, newest first."""
    found = [entry for source in _activities for entry in source(actor)[:LIMIT_OF_ACTIVITY]]
    return sorted(found, key=lambda entry: entry.when, reverse=True)[:LIMIT_OF_ACTIVITY]


def search(actor: Actor, query: str) -> dict[str, list[Hit]]:
    """Return what was found, by kind."""
    groups: dict[str, list[Hit]] = {}
    for source in _searches:
        for hit in source(actor, query)[:LIMIT_OF_HITS]:
            groups.setdefault(str(hit.kind), []).append(hit)
    return groups
