"""A trained recommender as a bundle and back.

Files: `model.safetensors` (the model's own arrays), `catalogue.safetensors` (ids, titles, attributes, and
every user's history, which seen-item removal and fold-in need) and, for very many items, `index.safetensors`.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray

from ml.common import arrays, strings
from ml.common.bundle import Bundle, TensorSpec, build
from ml.recommendation import attributes, index, kinds
from ml.recommendation.attributes import Attributes
from ml.recommendation.contract import Recommender, VectorRecommender
from ml.recommendation.data import Floats
from ml.recommendation.errors import ModelStateError

LOADER = "recommendation"
MODEL_FILE, CATALOGUE_FILE = "model.safetensors", "catalogue.safetensors"
INDEX_FILE = "index.safetensors"

INPUTS = (
    TensorSpec("user", "BYTES", (-1,), optional=True),
    TensorSpec("item", "BYTES", (-1,), optional=True),
    TensorSpec("k", "INT64", (1,), optional=True),
    TensorSpec("exclude_seen", "BOOL", (1,), optional=True),
    TensorSpec("history", "BYTES", (-1,), optional=True),
    TensorSpec("prefix", "BYTES", (1,), optional=True),
    TensorSpec("kind", "BYTES", (1,), optional=True),
    TensorSpec("offset", "INT64", (1,), optional=True),
    TensorSpec("filter", "BYTES", (1,), optional=True),
    TensorSpec("include", "BYTES", (1,), optional=True),
    TensorSpec("exclude", "BYTES", (1,), optional=True),
    TensorSpec("rules", "BYTES", (1,), optional=True),
    TensorSpec("standing_rules", "BYTES", (1,), optional=True),
    TensorSpec("diversity", "FP32", (1,), optional=True),
    TensorSpec("explain", "BOOL", (1,), optional=True),
    TensorSpec("attributes", "BYTES", (-1,), optional=True),
    TensorSpec("live", "BYTES", (1,), optional=True),
)
OUTPUTS = (
    TensorSpec("items", "BYTES", (-1, -1), optional=True),
    TensorSpec("scores", "FP32", (-1, -1), optional=True),
    TensorSpec("known", "BOOL", (-1,), optional=True),
    TensorSpec("ids", "BYTES", (-1,), optional=True),
    TensorSpec("counts", "INT64", (-1,), optional=True),
    TensorSpec("titles", "BYTES", (-1,), optional=True),
    TensorSpec("trained", "BOOL", (-1,), optional=True),
    TensorSpec("reasons", "BYTES", (-1,), optional=True),
    TensorSpec("notes", "BYTES", (1,), optional=True),
    TensorSpec("attributes", "BYTES", (1,), optional=True),
    TensorSpec("total", "INT64", (1,), optional=True),
    TensorSpec("live_sequence", "INT64", (1,), optional=True),
)


@dataclass(frozen=True)
class Catalogue:
    """What a recommender knows beside its model.

    Attributes:
        user_ids, item_ids: the user's own strings, in the model's order.
        titles: one per item, or empty.
        history: sparse (U, I), as the model's `fold_in` wants it; a row's latest item comes last.
        item_attributes, user_attributes: of the side tables, as filters, rules and new people need them.
        new_items, new_users: id -> attributes, of those that only the side tables know.
    """

    user_ids: Sequence[str]
    item_ids: Sequence[str]
    titles: Sequence[str]
    history: sp.csr_matrix
    item_attributes: Attributes = field(default_factory=lambda: Attributes(0, {}))
    user_attributes: Attributes = field(default_factory=lambda: Attributes(0, {}))
    new_items: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    new_users: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)


EXAMPLE = {
    "inputs": {"user": ["somebody-new"], "k": [5]},
    "parameters": {"operation": "recommend"},
}
"""A first request for the playground; names nobody, because a manifest is not encrypted."""


def pack(model: Recommender, catalogue: Catalogue, attributes: Mapping[str, Any]) -> Bundle:
    """Return the bundle of a fitted model."""
    files = {
        MODEL_FILE: arrays.dump(model.to_arrays()),
        CATALOGUE_FILE: arrays.dump(_catalogue_arrays(catalogue)),
    }
    if found := _index_arrays(model):
        files[INDEX_FILE] = arrays.dump(found)
    return build(
        flavour="native",
        loader=LOADER,
        inputs=INPUTS,
        outputs=OUTPUTS,
        files=files,
        attributes={
            **attributes,
            "model": model.kind,
            "users": model.n_users,
            "items": model.n_items,
            "example": EXAMPLE,
        },
    )


def unpack(bundle: Bundle) -> tuple[Recommender, Catalogue]:
    """Return the model and the catalogue of a bundle.

    Raises:
        ModelStateError: the files do not fit together.
    """
    model = kinds.restore(
        str(bundle.manifest.attributes.get("model")), arrays.load(bundle.files[MODEL_FILE])
    )
    catalogue = _catalogue(arrays.load(bundle.files[CATALOGUE_FILE]))
    if (model.n_users, model.n_items) != catalogue.history.shape:
        raise ModelStateError("The model and the catalogue have different users or items.")
    return model, catalogue


def _catalogue_arrays(catalogue: Catalogue) -> dict[str, NDArray[Any]]:
    named: dict[str, NDArray[Any]] = {
        "history_starts": catalogue.history.indptr.astype(np.int64),
        "history_items": catalogue.history.indices.astype(np.int32),
        "history_values": catalogue.history.data.astype(np.float32),
    }
    texts = (
        ("user", catalogue.user_ids),
        ("item", catalogue.item_ids),
        ("title", catalogue.titles),
    )
    for name, values in texts:
        named[f"{name}_text"], named[f"{name}_offsets"] = strings.pack(values)
    named |= attributes.to_arrays(catalogue.item_attributes, "item_attributes")
    named |= attributes.to_arrays(catalogue.user_attributes, "user_attributes")
    for name, told in (("new_items", catalogue.new_items), ("new_users", catalogue.new_users)):
        named[name] = np.frombuffer(json.dumps(dict(told)).encode(), dtype=np.uint8)
    return named


def _catalogue(named: Mapping[str, NDArray[Any]]) -> Catalogue:
    try:
        users, items, titles = (
            strings.unpack(named[f"{name}_text"], named[f"{name}_offsets"])
            for name in ("user", "item", "title")
        )
        parts = (named["history_values"], named["history_items"], named["history_starts"])
    except KeyError as error:
        raise ModelStateError(f"The catalogue lacks the array {error}.") from error
    return Catalogue(
        users,
        items,
        titles,
        _history(parts, (len(users), len(items))),
        attributes.from_arrays(named, "item_attributes", len(items)),
        attributes.from_arrays(named, "user_attributes", len(users)),
        *(_told(named, name) for name in ("new_items", "new_users")),
    )


def _told(named: Mapping[str, NDArray[Any]], name: str) -> dict[str, dict[str, Any]]:
    if name not in named:  # a version of an earlier release
        return {}
    try:
        told: dict[str, dict[str, Any]] = json.loads(named[name].tobytes())
    except ValueError as error:
        raise ModelStateError(f"The stored {name} are damaged.") from error
    return told


def open_index(bundle: Bundle, model: Recommender) -> index.ItemIndex | None:
    """Return the index over the model's item vectors; None when all items are scored.

    Raises:
        ModelStateError: it does not fit the model.
    """
    if INDEX_FILE not in bundle.files or not isinstance(model, VectorRecommender):
        return None
    return index.restore(arrays.load(bundle.files[INDEX_FILE]), model.item_vectors_ID)


def _index_arrays(model: Recommender) -> dict[str, NDArray[Any]]:
    if not isinstance(model, VectorRecommender) or model.n_items < index.EXACT_BELOW:
        return {}
    sample = np.linspace(0, model.n_users - 1, min(index.SAMPLES, model.n_users)).astype(np.int64)
    return index.build(model.item_vectors_ID, model.user_vectors(sample))


def _history(
    parts: tuple[Floats, NDArray[Any], NDArray[Any]], shape: tuple[int, int]
) -> sp.csr_matrix:
    try:
        matrix = sp.csr_matrix(parts, shape=shape)
        matrix.check_format(full_check=True)
    except ValueError as error:
        raise ModelStateError(f"The stored histories are damaged: {error}") from error
    return matrix
