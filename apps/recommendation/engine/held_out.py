"""What an evaluation asks, and who answers: choices kept back, and one contender per version.

Shapes: U users, I items, B measured users.
"""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import scipy.sparse as sp

from apps.recommendation.engine import numbering, packing
from apps.recommendation.engine.loading import Loaded
from apps.recommendation.engine.stages import Span
from apps.recommendation.errors import TrainingDataError
from ml.common import seeds
from ml.common.progress import Progress
from ml.recommendation import cuts, recipes
from ml.recommendation.contract import Recommender
from ml.recommendation.data import Floats, Interactions, Ints
from platform_core.registry import api as registry

UNSEEN, RETRAINED = "unseen", "retrained"
POPULARITY = 0
"""Stands where a version's number does: what everybody would be shown without a model."""


@dataclass(frozen=True)
class Contender:
    """Somebody to measure.

    Attributes:
        number: of the version, or POPULARITY.
        model: kind of the model.
        scores: rows of the measured users -> float32 (rows, I) in the scene's numbers.
        fit_s: seconds its training took here; None where it answers as registered.
    """

    number: int
    model: str
    scores: Callable[[slice], Floats]
    fit_s: float | None = None


@dataclass(frozen=True)
class Asked:
    """The scene: users with choices that no contender learned from.

    Attributes:
        method: UNSEEN or RETRAINED.
        names: users, items and titles that the numbers stand for.
        learned: what the contenders learned from; for UNSEEN, what the first one did.
        users: int64 (B,), the measured ones.
        seen, held_out: sparse (B, I), what stays out of the lists and what is asked for.
        facts: how many of what, JSON-able.
    """

    method: str
    names: numbering.Names
    learned: Interactions
    users: Ints
    seen: sp.csr_matrix
    held_out: sp.csr_matrix
    contenders: Sequence[Contender]
    facts: Mapping[str, Any]


def retrained(
    versions: Sequence[registry.ModelVersion],
    loaded: Loaded,
    protocol: Mapping[str, Any],
    progress: Progress,
) -> Asked:
    """Keep a part of the data back, and train each version's model and settings on the rest.

    Raises:
        RecommendationDataError: nothing can be kept back.
    """
    cut = cuts.make(
        loaded.interactions,
        cuts.Protocol(
            protocol["kind"],
            float(protocol["fraction"]),
            int(protocol["seed"]),
            int(protocol["most_users"]),
        ),
    )
    users_B = np.unique(cut.held_out.users)
    contenders = [_popularity(cut.train, len(users_B))]
    for place, version in enumerate(versions):
        span = Span(
            progress, 0.1 + 0.7 * place / len(versions), 0.1 + 0.7 * (place + 1) / len(versions)
        )
        progress.log(f"Training version {version.number} again on the part to learn from")
        contenders.append(_trained_again(version, cut.train, loaded, users_B, span))
    return Asked(
        method=RETRAINED,
        names=numbering.of(loaded),
        learned=cut.train,
        users=users_B,
        seen=cut.train.seen()[users_B],
        held_out=cut.held_out.seen()[users_B],
        contenders=contenders,
        facts=_facts(cut.train, users_B, len(cut.held_out), cut.held_out.items),
    )


def _trained_again(
    version: registry.ModelVersion, train: Interactions, loaded: Loaded, users_B: Ints, span: Span
) -> Contender:
    attributes = registry.open_bundle(version=version).manifest.attributes
    started_s = time.monotonic()
    model = recipes.build(str(attributes["model"]), dict(attributes["settings"]))
    model.fit(train, loaded.features, span)
    return Contender(
        version.number,
        str(attributes["model"]),
        _scores(model, users_B, train),
        round(time.monotonic() - started_s, 3),
    )


def _scores(model: Recommender, users_B: Ints, train: Interactions) -> Callable[[slice], Floats]:
    """Return what a service would answer: popularity for whom nothing is known."""
    known_B = np.bincount(train.users, minlength=train.n_users)[users_B] > 0
    popular_I = train.item_counts()

    def scores(rows: slice) -> Floats:
        scores_BI = np.tile(popular_I, (len(users_B[rows]), 1))
        known = known_B[rows]
        scores_BI[known] = model.scores(users_B[rows][known])
        return scores_BI

    return scores


def _popularity(learned: Interactions, n_lists: int) -> Contender:
    popular_I = learned.item_counts()

    def scores(rows: slice) -> Floats:
        return np.tile(popular_I, (len(range(n_lists)[rows]), 1))

    return Contender(POPULARITY, "popularity", scores)


def unseen(
    versions: Sequence[registry.ModelVersion], loaded: Loaded, protocol: Mapping[str, Any]
) -> Asked:
    """Ask the registered versions about rows that none of them was trained on.

    Which rows those are is read from the versions themselves: each keeps the history it learned from.

    Raises:
        TrainingDataError: every row was learned from.
    """
    unpacked = [packing.unpack(registry.open_bundle(version=version)) for version in versions]
    names = numbering.of(loaded)
    places = [numbering.place(names, catalogue) for _model, catalogue in unpacked]
    pairs = [places[at].pairs(catalogue.history) for at, (_, catalogue) in enumerate(unpacked)]
    shape = (len(names.users), len(names.items))
    seen_UI = _matrix(pairs, shape)
    asked = _rows_not_in(loaded.interactions, seen_UI, shape)
    users_B = _few(np.unique(asked.users), protocol)
    asked_BI = asked.seen()[users_B]
    learned = Interactions(*pairs[0], *shape)
    answering = [
        Contender(
            version.number, model.kind, _mapped(model, place, users_B, len(names.items), catalogue)
        )
        for version, place, (model, catalogue) in zip(versions, places, unpacked, strict=True)
    ]
    return Asked(
        method=UNSEEN,
        names=names,
        learned=learned,
        users=users_B,
        seen=seen_UI[users_B],
        held_out=asked_BI,
        contenders=[_popularity(learned, len(users_B)), *answering],
        facts=_facts(learned, users_B, int(asked_BI.nnz), asked_BI.indices.astype(np.int64)),
    )


def _matrix(pairs: Sequence[tuple[Ints, Ints]], shape: tuple[int, int]) -> sp.csr_matrix:
    users_M, items_M = (np.concatenate(side) for side in zip(*pairs, strict=True))
    return sp.csr_matrix((np.ones(len(users_M), dtype=np.float32), (users_M, items_M)), shape=shape)


def _rows_not_in(
    known: Interactions, seen_UI: sp.csr_matrix, shape: tuple[int, int]
) -> Interactions:
    """Return the interactions whose pair no version has in its history."""
    rows_M = np.repeat(np.arange(shape[0], dtype=np.int64), np.diff(seen_UI.indptr))
    learned_M = rows_M * shape[1] + seen_UI.indices
    new_N = ~np.isin(known.users * shape[1] + known.items, learned_M)
    if not new_N.any():
        raise TrainingDataError(
            "Every choice in this data set was learned from by the versions, so nothing is left to ask.",
            remedy="Choose a newer data set, or a protocol that trains the settings again on a part.",
        )
    return replace(known.take(new_N), n_users=shape[0], n_items=shape[1])


def _few(users: Ints, protocol: Mapping[str, Any]) -> Ints:
    most = int(protocol["most_users"])
    if len(users) <= most:
        return users
    rng = seeds.generator(int(protocol["seed"]), "measured users")
    return np.sort(rng.choice(users, most, replace=False))


def _mapped(
    model: Recommender,
    place: numbering.Place,
    users_B: Ints,
    n_items: int,
    catalogue: packing.Catalogue,
) -> Callable[[slice], Floats]:
    """Return scores in the scene's numbers; an item the version does not know cannot be shown by it."""
    own_B = place.own_users(users_B)
    popular_J = np.bincount(catalogue.history.indices, minlength=model.n_items).astype(np.float32)

    def scores(rows: slice) -> Floats:
        own = own_B[rows]
        scores_BJ = np.tile(popular_J, (len(own), 1))
        scores_BJ[own >= 0] = model.scores(own[own >= 0])
        scores_BI = np.full((len(own), n_items), -np.inf, dtype=np.float32)
        scores_BI[:, place.items] = scores_BJ
        return scores_BI

    return scores


def _facts(learned: Interactions, users_B: Ints, rows: int, items: Ints) -> dict[str, Any]:
    known_B = np.bincount(learned.users, minlength=learned.n_users)[users_B] > 0
    return {
        "learned_rows": len(learned),
        "held_out_rows": rows,
        "users": len(users_B),
        "unknown_users": int((~known_B).sum()),
        "unknown_items": int((learned.item_counts()[items] == 0).sum()),
        "catalogue": learned.n_items,
    }
