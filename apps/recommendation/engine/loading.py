"""Everything a training needs, read from the data sets."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from apps.recommendation.engine import described, sides, tables
from apps.recommendation.engine.described import Described
from apps.recommendation.engine.request import SideTable, TrainRequest
from apps.recommendation.errors import TrainingDataError
from ml.common.progress import Progress
from ml.recommendation import data
from ml.recommendation.errors import RecommendationDataError
from platform_core.accounts.api import Actor
from platform_core.datasets import api as datasets

KNOWS_BY_FEATURES = frozenset(
    {"feature_mf", "two_tower"}
)  # models with use for a user or item nobody touched


@dataclass(frozen=True)
class Loaded:
    """Interactions and features in numbers, and the strings they stand for."""

    interactions: data.Interactions
    features: data.Features
    user_ids: list[str]
    item_ids: list[str]
    titles: list[str]
    versions: tuple[datasets.DatasetVersion, ...]
    of_users: Described
    of_items: Described


def load(actor: Actor, request: TrainRequest, progress: Progress) -> Loaded:
    """Read interactions and side tables.

    Raises:
        ColumnUnknownError, TrainingDataError: the data does not fit the request.
        DatasetNotFoundError, DataKeyShreddedError: it was deleted meanwhile.
    """
    version = datasets.get_version(actor=actor, version_id=request.version_id)
    columns = request.columns
    named = {
        f"{role}_column": getattr(columns, role) for role in ("user", "item", "rating", "time")
    }
    tables.check_columns(version, named)
    users, items = tables.Ids(), tables.Ids()
    rows = tables.read_interactions(version, columns, users, items)
    if rows.skipped:
        progress.log(f"{rows.skipped} rows lack a user or an item and were left out.")
    used = [version]
    user_side = _side(actor, request, request.users, users, "users", used)
    item_side = _side(actor, request, request.items, items, "items", used)
    for side in (user_side, item_side):
        if side:
            progress.log(side.words)
    interactions = _build(rows, (len(users.codes), len(items.codes)), progress)
    return Loaded(
        interactions=interactions,
        features=data.Features(
            users=user_side.features if user_side else None,
            items=item_side.features if item_side else None,
        ),
        user_ids=users.names(),
        item_ids=items.names(),
        titles=item_side.titles if item_side else [],
        versions=tuple(used),
        of_users=_described(actor, request.users, users),
        of_items=_described(actor, request.items, items),
    )


def _described(actor: Actor, side: SideTable | None, ids: tables.Ids) -> Described:
    if side is None:
        return Described()
    version = datasets.get_version(actor=actor, version_id=side.version_id)
    return described.read(version, side, ids.names())


def _build(rows: tables.Rows, shape: tuple[int, int], progress: Progress) -> data.Interactions:
    try:
        built = data.build(
            rows.users, rows.items, rows.ratings, _times(rows.times, progress), shape
        )
    except RecommendationDataError as error:
        raise TrainingDataError(
            str(error), remedy="Correct the data set, or choose other columns."
        ) from error
    merged = len(rows.users) - len(built)
    if merged:
        progress.log(f"{merged} repeated pairs were merged; the last of each counts.")
    progress.log(f"{len(built)} interactions of {built.n_users} users with {built.n_items} items.")
    return built


def _times(times_N: NDArray[np.float64] | None, progress: Progress) -> NDArray[np.float64] | None:
    """Return the times, unknown ones first; None when too few are known to say what came last."""
    if times_N is None:
        return None
    known_N = np.isfinite(times_N)
    if known_N.mean() < 0.5:
        progress.log("Fewer than half of the times are known; the order is not used.")
        return None
    return np.where(known_N, times_N, -np.inf)


def _side(
    actor: Actor,
    request: TrainRequest,
    side: SideTable | None,
    ids: tables.Ids,
    word: str,
    used: list[datasets.DatasetVersion],
) -> sides.SideData | None:
    if side is None:
        return None
    version = datasets.get_version(actor=actor, version_id=side.version_id)
    used.append(version)
    adds = request.params.model in KNOWS_BY_FEATURES
    return sides.read(version, side, ids, adds=adds, word=word)
