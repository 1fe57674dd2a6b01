"""Real inputs for a model: rows of a data set, or requests that its application makes.

Shapes: N rows, F features.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib import import_module
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ml.common.bundle import Bundle
from platform_core.accounts.api import Actor
from platform_core.compression.errors import CompressionInputError
from platform_core.compression.params import CompressionSpec
from platform_core.compression.sampling import sampler
from platform_core.datasets import api as datasets

MAX_READ, MAX_ROWS = 1_000_000, 20_000
SAMPLED_REQUESTS = 400
LEARNED = 0.7
"""Share of the rows that methods learn and calibrate on; quality is reported on the others."""
NUMERIC = frozenset({"int64", "float64", "bool"})
Tensors = dict[str, NDArray[Any]]


@dataclass(frozen=True)
class Rows:
    """What a compression works on.

    Attributes:
        learned: inputs for methods.
        unseen: inputs for figures; no row of `learned` is among them.
        labels: what is true of the unseen rows, (N,).
        parameters: sent with every request.
        sources: the data set version they came from.
    """

    learned: Tensors
    unseen: Tensors
    labels: NDArray[Any] | None = None
    parameters: Mapping[str, Any] = field(default_factory=dict)
    source: datasets.DatasetVersion | None = None


def collect(actor: Actor, bundle: Bundle, spec: CompressionSpec, version_id: str | None) -> Rows:
    """Return the rows of the data set, else requests the model's application makes.

    Raises:
        CompressionInputError: neither is there, or the columns do not fit the model.
    """
    if version_id is not None:
        version = datasets.get_version(actor=actor, version_id=version_id)
        return _of_dataset(bundle, spec, version)
    entry = sampler(bundle.manifest.loader) if bundle.manifest.flavour == "native" else None
    if entry is None:
        raise CompressionInputError(
            "This model needs real inputs to be measured on.",
            remedy="Choose a data set whose columns are the model's inputs.",
            field="dataset",
        )
    module, _, name = entry.partition(":")
    inputs, parameters = getattr(import_module(module), name)(bundle, SAMPLED_REQUESTS, spec.seed)
    return Rows({}, dict(inputs), parameters=parameters)


def _of_dataset(bundle: Bundle, spec: CompressionSpec, version: datasets.DatasetVersion) -> Rows:
    tensor, features = _input(bundle)
    columns = list(spec.columns) or _numeric(version, spec.label_column)
    if features not in (-1, len(columns)):
        raise CompressionInputError(
            f"The model takes {features} features; {len(columns)} columns were given.",
            remedy="Name the columns in the model's order.",
            field="columns",
        )
    wanted = [*columns, *([spec.label_column] if spec.label_column else [])]
    values_NF = _sample(version, wanted, spec.seed)
    cut = int(LEARNED * len(values_NF))
    if cut < 1 or cut == len(values_NF):
        raise CompressionInputError(
            "The data set has too few rows.", remedy="Use at least ten.", field="dataset"
        )
    inputs_NF = values_NF[:, : len(columns)].astype(np.float32)
    labels = values_NF[cut:, -1] if spec.label_column else None
    return Rows({tensor: inputs_NF[:cut]}, {tensor: inputs_NF[cut:]}, labels, source=version)


def _input(bundle: Bundle) -> tuple[str, int]:
    """Return the name and width of the one table of numbers a model takes."""
    needed = [spec for spec in bundle.manifest.inputs if not spec.optional]
    if len(needed) != 1 or needed[0].datatype != "FP32" or len(needed[0].shape) != 2:
        raise CompressionInputError(
            "Only models that take one FP32 table (rows, features) can learn from a data set's columns.",
            remedy="Leave the data set out if the model's application brings requests of its own.",
            field="dataset",
        )
    return needed[0].name, needed[0].shape[1]


def _numeric(version: datasets.DatasetVersion, label: str) -> list[str]:
    names = [each["name"] for each in version.columns if each["type"] in NUMERIC]
    return [name for name in names if name != label]


def _sample(version: datasets.DatasetVersion, columns: list[str], seed: int) -> NDArray[np.float64]:
    """Return up to 20,000 rows in random order, from the first million; a missing number is NaN."""
    blocks, read = [], 0
    for batch in datasets.iter_batches(version=version, columns=columns):
        try:
            parts = [_floats(batch.column(name)) for name in columns]
        except (ValueError, TypeError) as error:
            raise CompressionInputError(
                f"A column holds something that is not a number: {error}", field="columns"
            ) from error
        blocks.append(np.column_stack(parts))
        read += batch.num_rows
        if read >= MAX_READ:
            break
    whole = np.concatenate(blocks) if blocks else np.empty((0, len(columns)))
    chosen = np.random.default_rng(seed).permutation(len(whole))[:MAX_ROWS]
    return whole[chosen]


def _floats(column: Any) -> NDArray[np.float64]:
    values = column.to_numpy(zero_copy_only=False)
    if values.dtype == object:  # booleans with missing values
        values = np.array([np.nan if each is None else float(each) for each in values])
    return np.asarray(values, np.float64)
