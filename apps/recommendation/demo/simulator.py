"""An invented film service with known structure, for the demo and for tests: nothing in it is real.

Every viewer has one or two favourite genres and a favourite era; every film has genres, a year and a
popularity with a long tail. Viewers choose by popularity and taste, so a recommender that works must
beat popularity and offer a viewer their genres.

Shapes: U viewers, I films, G genres.
"""

import csv
import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import numpy as np
from numpy.typing import NDArray

INTERACTIONS_NAME, ITEMS_NAME, USERS_NAME = "demo-viewings", "demo-films", "demo-viewers"
RECOMMENDER_NAME = "films"
COLUMNS = {"user": "viewer_id", "item": "film_id", "time": "watched_at"}
ITEMS_ID_COLUMN, USERS_ID_COLUMN = "film_id", "viewer_id"

GENRES = (
    "Adventure", "Animation", "Comedy", "Crime", "Documentary", "Drama",
    "Fantasy", "History", "Horror", "Music", "Romance", "Science fiction",
)  # fmt: skip
_FIRST = (
    "Amber", "Borrowed", "Brittle", "Copper", "Distant", "Electric", "Faithful", "Forgotten",
    "Gentle", "Glass", "Hidden", "Hollow", "Inland", "Ivory", "Last", "Lonely", "Lucky", "Midnight",
    "Northern", "Paper", "Patient", "Quiet", "Restless", "Salt", "Second", "Silent", "Silver",
    "Slow", "Stolen", "Summer", "Tender", "Thirteenth", "Unsent", "Velvet", "Wandering", "Winter",
)  # fmt: skip
_SECOND = (
    "Archive", "Bridge", "Carnival", "Coast", "Compass", "Daughter", "Engine", "Ferry", "Garden",
    "Harbour", "Horizon", "Island", "Kitchen", "Lantern", "Letter", "Library", "Machine", "Map",
    "Mirror", "Mountain", "Neighbour", "Orchard", "Orchestra", "Passage", "Planet", "Promise",
    "River", "Season", "Shadow", "Signal", "Stranger", "Theatre", "Tide", "Train", "Verdict", "Window",
)  # fmt: skip
_PLANS = ("basic", "standard", "family")
_START = datetime(2025, 1, 1, tzinfo=UTC)
_DAYS = 540
_TASTE, _ERA, _TAIL = 2.8, 0.7, 0.6  # pull of genre and era; steepness of the long tail


@dataclass(frozen=True)
class DemoData:
    """Three CSV files, and the truth behind them for tests.

    Attributes:
        interactions: viewer_id, film_id, stars, watched_at (ISO 8601, UTC).
        items: film_id, title, genres (joined by `|`), year, minutes.
        users: viewer_id, age, plan.
        favourites: viewer id -> favourite genre.
        genres: film id -> its genres.
    """

    interactions: bytes
    items: bytes
    users: bytes
    favourites: dict[str, str]
    genres: dict[str, frozenset[str]]


@dataclass(frozen=True)
class _World:
    """The truth: tastes (U, G), eras (U,), genres has (I, G), years (I,), popularity (I,)."""

    tastes: NDArray[np.float64]
    eras: NDArray[np.float64]
    has: NDArray[np.bool_]
    years: NDArray[np.int64]
    popularity: NDArray[np.float64]


def generate(seed: int = 7, users: int = 2_000, items: int = 800, mean: float = 60.0) -> DemoData:
    """Return the data of one invented service; the same arguments give the same bytes.

    Args:
        seed: of everything.
        users: viewers.
        items: films, at most 1,296 (the titles there are).
        mean: viewings per viewer.
    """
    rng = np.random.default_rng(seed)
    world = _world(rng, users, items)
    viewers = [f"viewer-{number:04d}" for number in range(1, users + 1)]
    films = [f"film-{number:04d}" for number in range(1, items + 1)]
    genres = [[GENRES[genre] for genre in np.flatnonzero(row)] for row in world.has]
    favourites = [GENRES[genre] for genre in world.tastes.argmax(axis=1)]
    return DemoData(
        interactions=_csv(
            (*COLUMNS.values(), "stars"), _viewings(rng, world, mean, (viewers, films))
        ),
        items=_csv(
            (ITEMS_ID_COLUMN, "title", "genres", "year", "minutes"),
            zip(
                films,
                _titles(rng, items),
                map("|".join, genres),
                world.years.tolist(),
                rng.integers(70, 181, items).tolist(),
                strict=True,
            ),
        ),
        users=_csv(
            (USERS_ID_COLUMN, "age", "plan"),
            zip(
                viewers,
                np.clip(rng.normal(41, 14, users), 16, 90).astype(int).tolist(),
                rng.choice(_PLANS, users).tolist(),
                strict=True,
            ),
        ),
        favourites=dict(zip(viewers, favourites, strict=True)),
        genres={film: frozenset(each) for film, each in zip(films, genres, strict=True)},
    )


def _world(rng: np.random.Generator, users: int, items: int) -> _World:
    tastes_UG = rng.dirichlet(np.full(len(GENRES), 0.12), users)
    has_IG = np.zeros((items, len(GENRES)), dtype=bool)
    has_IG[np.arange(items), rng.integers(0, len(GENRES), items)] = True
    second_I = rng.integers(0, len(GENRES), items)
    has_IG[np.arange(items), second_I] |= rng.random(items) < 0.45
    ranks_I = rng.permutation(items) + 1.0
    return _World(
        tastes=tastes_UG,
        eras=rng.normal(2000.0, 12.0, users),
        has=has_IG,
        years=(2025 - rng.exponential(18.0, items)).astype(np.int64).clip(1940, 2025),
        popularity=np.asarray(ranks_I**-_TAIL, dtype=np.float64),
    )


def _viewings(
    rng: np.random.Generator, world: _World, mean: float, names: tuple[list[str], list[str]]
) -> Iterable[tuple[str, str, str, int]]:
    """Yield rows in order of time: each viewer draws distinct films by popularity and taste."""
    liking_UI = _liking(world)
    users, items = liking_UI.shape
    keys_UI = np.log(world.popularity) + liking_UI + rng.gumbel(size=(users, items))
    order_UI = np.argsort(-keys_UI, axis=1)
    counts_U = np.clip(rng.lognormal(np.log(mean) - 0.32, 0.8, users), 5, items // 4).astype(int)
    rows_N = np.repeat(np.arange(users), counts_U)
    films_N = np.concatenate([order_UI[u, :n] for u, n in enumerate(counts_U)])
    noise_N = rng.normal(0.0, 0.8, len(rows_N))
    stars_N = np.clip(np.rint(1.6 + liking_UI[rows_N, films_N] + noise_N), 1, 5).astype(int)
    seconds_N = rng.integers(0, _DAYS * 86_400, len(rows_N))
    for row in np.argsort(seconds_N, kind="stable").tolist():
        moment = _START + timedelta(seconds=int(seconds_N[row]))
        viewer, film = names[0][rows_N[row]], names[1][films_N[row]]
        yield viewer, film, moment.strftime("%Y-%m-%dT%H:%M:%SZ"), int(stars_N[row])


def _liking(world: _World) -> NDArray[np.float64]:
    """Return how much each viewer is drawn to each film beyond its popularity, (U, I)."""
    share_IG = world.has / world.has.sum(axis=1, keepdims=True)
    genre_UI = np.sqrt(world.tastes) @ share_IG.T
    years_UI = np.abs(world.eras[:, None] - world.years) / 15.0
    return np.asarray(_TASTE * 2 * genre_UI - _ERA * np.minimum(years_UI, 2.0), dtype=np.float64)


def _titles(rng: np.random.Generator, items: int) -> list[str]:
    pairs = rng.permutation(len(_FIRST) * len(_SECOND))[:items]
    return [f"The {_FIRST[pair // len(_SECOND)]} {_SECOND[pair % len(_SECOND)]}" for pair in pairs]


def _csv(header: Sequence[str], rows: Iterable[Sequence[object]]) -> bytes:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(header)
    writer.writerows(rows)
    return text.getvalue().encode()
