"""A model from its configuration, and how columns become its inputs.

Shapes: F columns of an input.
"""

import copy
import math
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

os.environ.setdefault("KERAS_BACKEND", "torch")  # read once, when keras is imported
import keras

from ml.training import configuration
from ml.training.errors import TrainingError
from ml.training.inputs import Input

MAX_WEIGHTS = 200_000_000
INPUT = "inputs"
"""Name of the input of a model that was sent without one."""
_BY_NUMBER = frozenset({"Embedding", "CategoryEncoding"})
"""First layers that take whole numbers."""


@dataclass(frozen=True)
class Built:
    """A model with weights, and its inputs."""

    model: Any
    inputs: tuple[Input, ...]


def build(
    asked: Mapping[str, Any],
    columns: Sequence[str],
    mapping: Mapping[str, Sequence[str]],
    seed: int,
) -> Built:
    """Return the model.

    Args:
        asked: the configuration; checked here once more.
        columns: of the table, without the target.
        mapping: input -> its columns; may be empty (see `_columns_of`).
        seed: of the weights.

    Raises:
        TrainingError: Keras cannot build it, it is too large, or the columns do not fit.
    """
    known = configuration.checked(asked)
    width = len(next(iter(mapping.values()))) if len(mapping) == 1 else len(columns)
    with keras.device("meta"):  # shapes only: a model of any size takes no memory
        weights = _assembled(known, width).count_params()
    if weights > MAX_WEIGHTS:
        raise TrainingError(
            f"The model has {weights:,} weights; {MAX_WEIGHTS:,} are allowed.", "Make it smaller."
        )
    keras.utils.set_random_seed(seed)
    model = _assembled(known, width)
    if len(model.outputs) != 1:
        raise TrainingError(
            f"The model has {len(model.outputs)} outputs.", "Train models with one output here."
        )
    return Built(model, tuple(_inputs(model, columns, mapping)))


def _assembled(known: dict[str, Any], width: int) -> Any:
    try:
        # a copy: Keras empties what it is given
        model = keras.saving.deserialize_keras_object(copy.deepcopy(known), safe_mode=True)
        if getattr(model, "inputs", None):
            return model
        kind = "int64" if _first(model) in _BY_NUMBER else "float32"
        first = keras.Input((width,), dtype=kind, name=INPUT)
        return keras.Sequential([first, *model.layers], name=model.name)
    except TrainingError:
        raise
    except Exception as error:  # Keras raises whatever its layers raise
        raise TrainingError(
            f"Keras cannot build the model with {width} columns: {words_of(error)}",
            "Build it on your machine with the same number of columns first.",
        ) from error


def _first(model: Any) -> str:
    if not model.layers:
        raise TrainingError("The model has no layers.", "Add some.")
    return type(model.layers[0]).__name__


def _inputs(
    model: Any, columns: Sequence[str], mapping: Mapping[str, Sequence[str]]
) -> list[Input]:
    names = [str(each.name) for each in model.inputs]
    unknown = sorted(mapping.keys() - set(names))
    if unknown and not (len(names) == 1 and len(mapping) == 1):
        raise _misfit(
            f"The model has no input {unknown[0][:60]!r}.", f"Its inputs: {', '.join(names[:30])}."
        )
    found = []
    for tensor, name in zip(model.inputs, names, strict=True):
        if len(names) == 1 and len(mapping) == 1:
            chosen = list(next(iter(mapping.values())))
        else:
            chosen = list(mapping.get(name) or _columns_of(name, names, columns))
        shape = tuple(int(each or -1) for each in tensor.shape[1:])
        found.append(
            Input(
                name,
                tuple(chosen),
                str(tensor.dtype),
                _fitting(name, shape, chosen),
                _embeddings(model, tensor),
            )
        )
    return found


def _columns_of(name: str, names: Sequence[str], columns: Sequence[str]) -> list[str]:
    """Return the columns of an input nobody mapped: all, for the only one; else the one of its name."""
    if len(names) == 1:
        return list(columns)
    if name in columns:
        return [name]
    raise _misfit(
        f"No column is named like the input {name[:60]!r}.",
        f"Say which columns it takes: inputs={{{name!r}: [...]}}. "
        f"The columns: {', '.join(columns[:30])}.",
    )


def _fitting(name: str, shape: tuple[int, ...], chosen: Sequence[str]) -> tuple[int, ...]:
    """Return the shape of one row, lengths that are open filled in."""
    if shape.count(-1) > 1:
        raise _misfit(
            f"The input {name!r} leaves several lengths open.", "Fix all but one of them."
        )
    known = math.prod(each for each in shape if each != -1)
    rest, left_over = divmod(len(chosen), known or 1)
    if left_over or (-1 not in shape and rest != 1) or rest < 1:
        raise _misfit(
            f"The input {name!r} takes {known} numbers a row; {len(chosen)} columns were given.",
            "Name the columns in the model's order.",
        )
    return tuple(rest if each == -1 else each for each in shape)


def _embeddings(model: Any, tensor: Any) -> dict[str, int]:
    """Return the embeddings that look a tensor's numbers up."""
    return {
        str(layer.name): int(layer.input_dim)
        for layer in model.layers
        if isinstance(layer, keras.layers.Embedding) and _reads(layer, tensor)
    }


def _reads(layer: Any, tensor: Any) -> bool:
    return any(tensor is each for node in layer._inbound_nodes for each in node.input_tensors)  # noqa: SLF001


def words_of(error: BaseException) -> str:
    """Return the sentence of an error of Keras that says what is wrong."""
    marks = ("\x1b[1m", "\x1b[0m")
    lines = []
    for line in str(error).splitlines():
        text = line
        for mark in marks:
            text = text.replace(mark, "")
        if text.strip() and not text.startswith("Exception encountered"):
            lines.append(text.strip())
    return (lines or [type(error).__name__])[0][:300]


def _misfit(words: str, remedy: str) -> TrainingError:
    return TrainingError(words, remedy, field="inputs")
