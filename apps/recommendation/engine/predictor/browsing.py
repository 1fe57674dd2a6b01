"""The catalogue page by page: what matches a text and a filter, most chosen first, new items last.

Shapes: N items.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from apps.recommendation.engine.inputs import limit, text, texts
from apps.recommendation.engine.predictor import asking, lookups, reasons
from apps.recommendation.engine.predictor.shelf import Shelf
from apps.recommendation.engine.search import MAX_MATCHES
from ml.recommendation import attributes
from ml.recommendation.data import Ints
from ml.runtime.predictor import PredictionInputError, Tensors, bytes_array

Outputs = dict[str, NDArray[Any]]
MAX_K = 200


def browse(shelf: Shelf, inputs: Tensors) -> Outputs:
    """Return `k` items from `offset` on, with how often each was chosen and what is known of it.

    Returns:
        ids, titles, counts of the page; `total` of all that match; `attributes`, one JSON list with for
        each item its `attributes`, and whether it is `new` (not in training) or was `told` since.
    """
    found_M = _asked(shelf, inputs)
    if raw := asking.json_text(inputs, "filter"):
        found_M = found_M[shelf.mask(raw)[found_M]]
    start = _offset(inputs)
    page = found_M[start : start + limit(inputs, MAX_K)]
    counts_N = np.append(shelf.base.counts_I, np.zeros(shelf.n - shelf.base.n, dtype=np.int64))
    return {
        "ids": shelf.named(page),
        "titles": shelf.titles(page),
        "counts": counts_N[page],
        "total": np.array([len(found_M)], dtype=np.int64),
        "attributes": bytes_array([reasons.as_json([_told(shelf, int(n)) for n in page])]),
    }


def _asked(shelf: Shelf, inputs: Tensors) -> Ints:
    """Return the items named, those that are known, or else those that match the text."""
    if "item" not in inputs:
        return _matching(shelf, text(inputs, "prefix", ""))
    numbers = shelf.numbers(texts(inputs, "item", MAX_K))
    return numbers[numbers >= 0]


def _matching(shelf: Shelf, wanted: str) -> Ints:
    """Return item numbers; of a text that matches very many, only the first MAX_MATCHES are looked at."""
    index = shelf.base.searched["item"]
    known = index.find(wanted, MAX_MATCHES if wanted.strip() else shelf.base.n)
    return np.array([*known, *lookups.new_items(shelf, wanted)], dtype=np.int64)


def _told(shelf: Shelf, number: int) -> dict[str, Any]:
    is_new = number >= shelf.base.n
    name = shelf.names[number - shelf.base.n] if is_new else shelf.base.catalogue.item_ids[number]
    known = {} if is_new else attributes.row(shelf.values(), number)
    told = shelf.told.get(name)
    if told is not None:
        known |= dict(told.attributes)
    return {"attributes": known, "new": is_new, "told": told is not None}


def _offset(inputs: Tensors) -> int:
    values = np.asarray(inputs.get("offset", [0])).ravel()
    if len(values) != 1 or values.dtype.kind not in "iu" or not 0 <= int(values[0]) < 2**31:
        raise PredictionInputError("The input 'offset' must be one whole number, 0 or more.")
    return int(values[0])
