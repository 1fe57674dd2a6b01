"""Why each item was answered: what of a person's history speaks for it, by contribution.

Shapes: K answers, H items of the history.
"""

import json
from typing import Any

import numpy as np

from apps.recommendation.engine.predictor.tastes import ALIKE, POPULAR, Tastes
from ml.recommendation.data import Floats, Ints
from ml.recommendation.rules import Plan

MOST = 3
LEAST_SHARE = 0.02


def told(liked: Tastes, place: int, items: Ints, plan: Plan) -> str:
    """Return a JSON list with one reason for each item.

    A reason is `{"because": ..., "items": [{"item", "title", "share"}], "pinned": true?}`. `because` is
    `history` (the items name what was liked, with their shares of all that speaks for the answer),
    `alike_people`, or `popular`.
    """
    because = {POPULAR: "popular", ALIKE: "alike_people"}.get(int(liked.known[place]), "history")
    pinned = {item for _, item in plan.pins}
    parts = _parts(liked, place, items) if because == "history" else [[] for _ in items]
    found = []
    for item, named in zip(items.tolist(), parts, strict=True):
        reason: dict[str, Any] = {
            "because": because if named or because != "history" else "popular",
            "items": named,
        }
        found.append({**reason, "pinned": True} if item in pinned else reason)
    return as_json(found)


def as_json(value: Any) -> str:
    """Return JSON in which any script stays as it is."""
    return json.dumps(value, ensure_ascii=False)


def _parts(liked: Tastes, place: int, items: Ints) -> list[list[dict[str, Any]]]:
    """Return for each item the liked items that speak for it most."""
    shelf = liked.shelf
    history = liked.history[place]
    stand_ins = shelf.stand_ins[items]
    if history.nnz == 0 or not len(items):
        return [[] for _ in items]
    added_KH = shelf.base.model.contributions(history, np.maximum(stand_ins, 0))
    added_KH[stand_ins < 0] = 0.0
    touched: Ints = history.indices.astype(np.int64)
    return [_strongest(liked, touched, added_H) for added_H in added_KH]


def _strongest(liked: Tastes, history: Ints, added_H: Floats) -> list[dict[str, Any]]:
    for_it_H = np.maximum(added_H, 0.0)
    total = float(for_it_H.sum())
    if not np.isfinite(total) or total <= 0:
        return []
    best = np.argsort(-for_it_H, kind="stable")[:MOST]
    best = best[for_it_H[best] / total >= LEAST_SHARE]
    numbers = history[best]
    names, titles = liked.shelf.named(numbers), liked.shelf.titles(numbers)
    return [
        {"item": name.decode(), "title": title.decode(), "share": round(float(share), 4)}
        for name, title, share in zip(names, titles, for_it_H[best] / total, strict=True)
    ]
