"""The items a recommender can answer with: looked through, filtered, one by one."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from apps.recommendation.services import answers
from apps.recommendation.services.asking import ask, ready
from apps.recommendation.services.bounds import check_id, check_json
from apps.recommendation.services.questions import Filter
from platform_core.accounts.api import Actor
from platform_core.errors import InvalidInputError

MAX_PAGE = 200
MAX_OFFSET = 2**31 - 1


@dataclass(frozen=True)
class Item:
    """One item of the catalogue.

    Attributes:
        count: interactions in the data the serving version learned from.
        attributes: name -> number, text or list of texts; what was told since training comes first.
        is_new: told since training, so no version learned from it.
        is_told: its attributes were told, or an event named it, since training.
    """

    id: str
    title: str
    count: int
    attributes: Mapping[str, Any]
    is_new: bool
    is_told: bool


@dataclass(frozen=True)
class Shelf:
    """A page of the catalogue, and how many items match in all."""

    items: Sequence[Item]
    total: int


def browse(
    *,
    actor: Actor,
    name: str,
    text: str = "",
    conditions: Filter | None = None,
    offset: int = 0,
    k: int = 50,
) -> Shelf:
    """Return items whose id or title contains a text and that meet a filter, most chosen first.

    Raises:
        RecommenderNotFoundError, RecommenderNotReadyError, TrainingFailedError: see asking.ready.
        InvalidInputError, PredictionRefusedError: the text, the filter or the page is malformed.
        UnavailableError: the runtime does not answer.
    """
    actor.require("prediction.call")
    if not (1 <= k <= MAX_PAGE and 0 <= offset <= MAX_OFFSET):
        raise InvalidInputError("There is no such page of the catalogue.", field="page")
    inputs: dict[str, list[Any]] = {"k": [k], "offset": [offset]}
    if text:
        inputs["prefix"] = [check_id(text, "text")]
    if conditions:
        inputs["filter"] = [check_json(conditions, "filter")]
    return _page(actor, name, inputs)


def item(*, actor: Actor, name: str, item_id: str) -> Item | None:
    """Return one item; None when nobody told of it."""
    actor.require("prediction.call")
    found = _page(actor, name, {"item": [check_id(item_id, "item")]})
    return next(iter(found.items), None)


def _page(actor: Actor, name: str, inputs: dict[str, list[Any]]) -> Shelf:
    recommender = ready(actor=actor, name=name)
    outputs = ask(actor=actor, recommender=recommender, operation="browse", inputs=inputs).outputs
    told = json.loads(answers.text(outputs["attributes"].ravel()[0]))
    listed = answers.found(outputs["ids"], outputs["titles"], outputs["counts"])
    items = [
        Item(each.id, each.title, each.count, known["attributes"], known["new"], known["told"])
        for each, known in zip(listed, told, strict=True)
    ]
    return Shelf(items, int(outputs["total"].ravel()[0]))
