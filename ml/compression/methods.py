"""The methods by name; a new one is added here and to the conformance test."""

from importlib import import_module
from typing import cast

from ml.common.bundle import Bundle
from ml.compression.contract import Compress, Material, Method

_ENTRIES: dict[str, tuple[str, int]] = {
    "graph": ("ml.compression.graph:optimise", 0),
    "fp16": ("ml.compression.half:fp16", 0),
    "bf16": ("ml.compression.half:bf16", 0),
    "int8_dynamic": ("ml.compression.quantise:dynamic", 0),
    "int8_static": ("ml.compression.quantise:static", 32),
    "int8_per_channel": ("ml.compression.quantise:static_per_channel", 32),
    "prune": ("ml.compression.prune:prune", 200),
    "distil": ("ml.compression.distil:distil", 200),
    "fewer_trees": ("ml.compression.boosters:fewer_trees", 0),
    "table_fp16": ("ml.compression.embeddings:fp16", 0),
    "table_int8": ("ml.compression.embeddings:int8", 0),
    "table_low_rank": ("ml.compression.embeddings:low_rank", 0),
    "table_pq": ("ml.compression.embeddings:product_quantised", 0),
}
"""Name -> (module:function, least rows of data); imported when used: their libraries take seconds."""


def names() -> tuple[str, ...]:
    """Return every method's name, cheapest first."""
    return tuple(_ENTRIES)


def get(name: str) -> Method:
    """Return a method.

    Raises:
        KeyError: no such method.
    """
    entry, least_rows = _ENTRIES[name]

    def compress(bundle: Bundle, material: Material) -> Bundle:
        module, _, function = entry.partition(":")
        return cast("Compress", getattr(import_module(module), function))(bundle, material)

    return Method(name, compress, least_rows)
