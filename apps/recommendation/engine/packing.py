"""A trained recommender as a bundle and back.

Files: `model.safetensors` (the model's own arrays) and `catalogue.safetensors` (ids, titles, and every
user's history, which seen-item removal and fold-in need).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray

from ml.common import arrays, strings
from ml.common.bundle import Bundle, TensorSpec, build
from ml.recommendation import kinds
from ml.recommendation.contract import Recommender
from ml.recommendation.data import Floats
from ml.recommendation.errors import ModelStateError

LOADER = "recommendation"
MODEL_FILE, CATALOGUE_FILE = "model.safetensors", "catalogue.safetensors"

INPUTS = (
    TensorSpec("user", "BYTES", (-1,), optional=True),
    TensorSpec("item", "BYTES", (-1,), optional=True),
    TensorSpec("k", "INT64", (1,), optional=True),
    TensorSpec("exclude_seen", "BOOL", (1,), optional=True),
    TensorSpec("history", "BYTES", (-1,), optional=True),
    TensorSpec("prefix", "BYTES", (1,), optional=True),
    TensorSpec("kind", "BYTES", (1,), optional=True),
)
OUTPUTS = (
    TensorSpec("items", "BYTES", (-1, -1), optional=True),
    TensorSpec("scores", "FP32", (-1, -1), optional=True),
    TensorSpec("known", "BOOL", (-1,), optional=True),
    TensorSpec("ids", "BYTES", (-1,), optional=True),
    TensorSpec("counts", "INT64", (-1,), optional=True),
    TensorSpec("titles", "BYTES", (-1,), optional=True),
)


@dataclass(frozen=True)
class Catalogue:
    """What a recommender knows beside its model.

    Attributes:
        user_ids, item_ids: the user's own strings, in the model's order.
        titles: one per item, or empty.
        history: sparse (U, I), as the model's `fold_in` wants it; a row's latest item comes last.
    """

    user_ids: Sequence[str]
    item_ids: Sequence[str]
    titles: Sequence[str]
    history: sp.csr_matrix


EXAMPLE = {
    "inputs": {"user": ["somebody-new"], "k": [5]},
    "parameters": {"operation": "recommend"},
}
"""A first request for the playground; names nobody, because a manifest is not encrypted."""


def pack(model: Recommender, catalogue: Catalogue, attributes: Mapping[str, Any]) -> Bundle:
    """Return the bundle of a fitted model."""
    return build(
        flavour="native",
        loader=LOADER,
        inputs=INPUTS,
        outputs=OUTPUTS,
        files={
            MODEL_FILE: arrays.dump(model.to_arrays()),
            CATALOGUE_FILE: arrays.dump(_catalogue_arrays(catalogue)),
        },
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
    return Catalogue(users, items, titles, _history(parts, (len(users), len(items))))


def _history(
    parts: tuple[Floats, NDArray[Any], NDArray[Any]], shape: tuple[int, int]
) -> sp.csr_matrix:
    try:
        matrix = sp.csr_matrix(parts, shape=shape)
        matrix.check_format(full_check=True)
    except ValueError as error:
        raise ModelStateError(f"The stored histories are damaged: {error}") from error
    return matrix
