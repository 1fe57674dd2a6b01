"""Items told since training: kept in memory, sent by whoever asks, as far as this process lacks them.

A question names the sequence it wants (`live`). A runtime that is behind answers with its own sequence, and
the question comes again with what was missed. So every runtime, also one just restarted, answers from
exactly what the caller knows, and needs no database.
"""

import json
import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from threading import Lock
from typing import Any

from apps.recommendation.engine.inputs import text
from apps.recommendation.engine.predictor.base import Base
from apps.recommendation.engine.predictor.newcomers import Mixture, Told, place
from apps.recommendation.engine.predictor.shelf import Shelf
from ml.runtime.predictor import PredictionInputError, Tensors

MAX_TOLD = 30_000
TAKE_S = 1.0
"""Time one question may spend on being told; it then says how far it came, and is told the rest."""
_MAX_BYTES = 64 * 2**20


@dataclass(frozen=True)
class Message:
    """A question's `live`: the sequence it needs and, the second time, what happened since `since`.

    `until` is the sequence reached with `items`; it may need several messages to reach `sequence`.
    """

    sequence: int
    since: int | None = None
    until: int = 0
    items: tuple[Mapping[str, Any], ...] = ()


class Live:
    """The shelf as of the latest sequence; replaced as a whole, so that readers need no lock."""

    def __init__(self, base: Base) -> None:
        told = {name: Told(values) for name, values in base.catalogue.new_items.items()}
        self.shelf = Shelf(base, told, {name: place(base, each) for name, each in told.items()})
        self._first = self.shelf
        self._lock = Lock()

    def reach(self, inputs: Tensors) -> Shelf | None:
        """Return the shelf a question asks for; None when this process must be told more first.

        Raises:
            PredictionInputError: the input `live` is malformed.
        """
        if "live" not in inputs:
            return self.shelf
        message = _read(text(inputs, "live", ""))
        if self.shelf.sequence < message.sequence and message.since is not None:
            with self._lock:
                self._take(message)
        return self.shelf if self.shelf.sequence >= message.sequence else None

    def _take(self, message: Message) -> None:
        """Apply what was missed; a message that begins later than we are is of no use."""
        shelf = self.shelf
        if message.since is None or not message.since <= shelf.sequence < message.until:
            return
        told, mixtures, until = dict(shelf.told), dict(shelf.mixtures), message.until
        ends_at = time.monotonic() + TAKE_S
        for at, row in enumerate(message.items):
            before = message.items[at - 1]["sequence"] if at else row["sequence"]
            if before < row["sequence"] and time.monotonic() > ends_at:
                until = before
                break
            self._take_one(row, told, mixtures)
        for name in list(told)[:-MAX_TOLD]:
            told.pop(name)
            mixtures.pop(name, None)
        self.shelf = Shelf(shelf.base, told, mixtures, until)

    def _take_one(
        self, row: Mapping[str, Any], told: dict[str, Told], mixtures: dict[str, Mixture]
    ) -> None:
        """Enter one item into what is told, or take it out again."""
        name = row["item"]
        trained = self._first.told.get(name)
        told.pop(name, None)
        mixtures.pop(name, None)
        found = trained if row.get("deleted") else _told(row, trained)
        if found is not None:
            told[name] = found
            if name not in self.shelf.base.items:
                mixtures[name] = place(self.shelf.base, found)


def _told(row: Mapping[str, Any], trained: Told | None) -> Told:
    """Return an item as told, over what its item table said at training."""
    found = Told(
        attributes=dict(row.get("attributes") or {}),
        touchers=tuple((str(user), tuple(map(str, items))) for user, items in row["touchers"]),
        touches=int(row.get("touches", 0)),
    )
    if trained is None:
        return found
    return replace(found, attributes={**trained.attributes, **found.attributes})


def _read(raw: str) -> Message:
    try:
        if len(raw) > _MAX_BYTES:
            raise ValueError("too long")  # noqa: TRY301  (one refusal for all)
        told = json.loads(raw)
        if "since" not in told:
            return Message(int(told["sequence"]))
        items = tuple(_row(row) for row in told["items"])
        return Message(int(told["sequence"]), int(told["since"]), int(told["until"]), items)
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
        raise PredictionInputError(
            "The input 'live' must be a JSON object such as {\"sequence\": 3}."
        ) from error


def _row(row: Mapping[str, Any]) -> dict[str, Any]:
    return {"touchers": (), **row, "item": str(row["item"]), "sequence": int(row["sequence"])}
