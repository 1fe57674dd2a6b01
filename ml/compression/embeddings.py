"""Compression of tables of vectors in native bundles; `ml.common.arrays.load` puts them back.

Shapes: N rows, D columns, R rank, M blocks, K codes.
"""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from ml.common import arrays
from ml.common.bundle import Bundle
from ml.common.named import Named
from ml.common.tables import MARK
from ml.compression.contract import Material, NotApplicableError
from ml.compression.networks import with_files

MODEL_FILE = "model.safetensors"
LEAST_ROWS, LEAST_COLUMNS = 64, 8
BLOCK_COLUMNS = 4
CODES = 256
ITERATIONS = 12
SAMPLE = 20_000
ENERGY = 0.98
"""Of the squared singular values that low rank keeps."""

Table = NDArray[np.float32]
Encode = Callable[[Table, np.random.Generator], Named]


def fp16(bundle: Bundle, material: Material) -> Bundle:
    """Return the bundle with its tables in half precision."""
    return _encoded(bundle, material, "fp16", lambda table, _: {"values": table.astype(np.float16)})


def int8(bundle: Bundle, material: Material) -> Bundle:
    """Return the bundle with its tables in bytes, a scale for each row."""
    return _encoded(bundle, material, "int8", _int8)


def low_rank(bundle: Bundle, material: Material) -> Bundle:
    """Return the bundle with its tables as products of two thin ones that keep 98 % of the energy."""
    return _encoded(bundle, material, "lowrank", _low_rank)


def product_quantised(bundle: Bundle, material: Material) -> Bundle:
    """Return the bundle with its tables as codes, one byte for four columns. Source: Jegou et al. 2011."""
    return _encoded(bundle, material, "pq", _product_quantised)


def _encoded(bundle: Bundle, material: Material, form: str, encode: Encode) -> Bundle:
    if bundle.manifest.flavour != "native" or MODEL_FILE not in bundle.files:
        raise NotApplicableError("This works on models that hold tables of vectors.")
    stored = arrays.load_as_stored(bundle.files[MODEL_FILE])
    if any(MARK in name for name in stored):
        raise NotApplicableError("The tables of this version are compressed already.")
    made: Named = {}
    for name, each in stored.items():
        if not _is_table(each):
            made[name] = each
            continue
        parts = encode(each.astype(np.float32), material.rng())
        smaller = sum(part.nbytes for part in parts.values()) < each.nbytes
        made |= (
            {f"{name}{MARK}{form}.{part}": v for part, v in parts.items()}
            if smaller
            else {name: each}
        )
    if not any(MARK in name for name in made):
        raise NotApplicableError("The model holds no table that would become smaller.")
    return with_files(bundle, {MODEL_FILE: arrays.dump(made)})


def _is_table(array: NDArray[np.generic]) -> bool:
    large = array.ndim == 2 and array.shape[0] >= LEAST_ROWS and array.shape[1] >= LEAST_COLUMNS
    return large and array.dtype == np.float32


def _int8(table_ND: Table, _: np.random.Generator) -> Named:
    scales_N = np.maximum(np.abs(table_ND).max(axis=1), np.float32(1e-12)) / np.float32(127)
    values = np.rint(table_ND / scales_N[:, None]).astype(np.int8)
    return {"values": values, "scales": scales_N.astype(np.float32)}


def _low_rank(table_ND: Table, _: np.random.Generator) -> Named:
    eigenvalues_D, vectors_DD = np.linalg.eigh((table_ND.T @ table_ND).astype(np.float64))
    share_D = np.cumsum(eigenvalues_D[::-1]) / max(eigenvalues_D.sum(), 1e-30)
    rank = int(np.searchsorted(share_D, ENERGY)) + 1
    basis_DR = vectors_DD[:, ::-1][:, :rank].astype(np.float32)
    return {"left": table_ND @ basis_DR, "right": np.ascontiguousarray(basis_DR.T)}


def _product_quantised(table_ND: Table, rng: np.random.Generator) -> Named:
    import faiss  # noqa: PLC0415  (only where it is used: seconds to import)

    blocks, codes, books = table_ND.shape[1] // BLOCK_COLUMNS, [], []
    if table_ND.shape[1] % BLOCK_COLUMNS:
        raise NotApplicableError(
            f"Product quantisation wants a multiple of {BLOCK_COLUMNS} columns."
        )
    count = min(CODES, len(table_ND))
    sample = rng.permutation(len(table_ND))[:SAMPLE]
    for block in range(blocks):
        part = np.ascontiguousarray(
            table_ND[:, block * BLOCK_COLUMNS : (block + 1) * BLOCK_COLUMNS]
        )
        means = faiss.Kmeans(
            BLOCK_COLUMNS,
            count,
            niter=ITERATIONS,
            seed=int(rng.integers(2**31)),
            min_points_per_centroid=1,
        )
        means.train(np.ascontiguousarray(part[sample]))
        codes.append(means.index.search(part, 1)[1][:, 0].astype(np.uint8))
        books.append(means.centroids.astype(np.float32))
    return {"codes": np.stack(codes, axis=1), "codebooks": np.stack(books)}
