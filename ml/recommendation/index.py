"""Finds the items with the largest dot product: exactly, or through a clustered index for many items.

The index is inverted lists of 8-bit codes (faiss IVF, SQ8): a query looks into the `nprobe` nearest clusters,
and the best by code are scored again by their own vectors. It is built with the model and travels
in its bundle. How many clusters to look into is measured when it is built, on vectors of real users.

Shapes: I items, D numbers of a vector, B queries, K answers, S sample queries.
"""

from collections.abc import Mapping
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from ml.recommendation.attributes import Mask
from ml.recommendation.data import Floats, Ints
from ml.recommendation.errors import ModelStateError
from ml.recommendation.topn import top_n

EXACT_BELOW = 100_000
"""Items up to which all are scored: within 4 ms at 128 numbers on one core, and never missing one."""
RECALL = 0.98  # wanted at RECALL_AT on the sample queries
RECALL_AT = 100
SAMPLES = 64
_NPROBES = (8, 12, 16, 24, 32, 48, 64, 96, 128, 192, 256)
_TRAINING_PER_LIST = 48
_SPARE = 2  # candidates by code for each answer


class ItemIndex(Protocol):
    """Answers queries over one table of item vectors."""

    def search(
        self, queries_BD: Floats, k: int, allowed: Mask | None = None
    ) -> tuple[Ints, Floats]:
        """Return the k items of largest dot product, best first.

        Args:
            queries_BD: float32.
            k: at least 1.
            allowed: bool (I,); None = all.

        Returns:
            items int64 (B, K), padded with -1; scores float32 (B, K), padded with NaN.
        """


class ExactIndex:
    """Scores every item."""

    def __init__(self, vectors_ID: Floats) -> None:
        self.vectors_ID = vectors_ID

    def search(
        self, queries_BD: Floats, k: int, allowed: Mask | None = None
    ) -> tuple[Ints, Floats]:
        """See ItemIndex."""
        scores_BI = queries_BD @ self.vectors_ID.T
        if allowed is not None:
            scores_BI[:, ~allowed] = -np.inf
        return top_n(scores_BI, k)


class ClusteredIndex:
    """Looks into the nearest clusters, then scores what it found by the true vectors."""

    def __init__(self, lists: Any, vectors_ID: Floats) -> None:
        self._lists = lists
        self.vectors_ID = vectors_ID

    @property
    def nprobe(self) -> int:
        """Clusters a query looks into."""
        return int(self._lists.nprobe)

    def search(
        self, queries_BD: Floats, k: int, allowed: Mask | None = None
    ) -> tuple[Ints, Floats]:
        """See ItemIndex; approximate, and fewer than k may be found although there are more."""
        wanted = min(_SPARE * k, len(self.vectors_ID))
        found_BC = self._candidates(np.ascontiguousarray(queries_BD), wanted, allowed)
        items_BK = np.full((len(queries_BD), k), -1, dtype=np.int64)
        scores_BK = np.full((len(queries_BD), k), np.nan, dtype=np.float32)
        for row, candidates in enumerate(found_BC):
            items = np.sort(candidates[candidates >= 0])  # equal scores in order of number
            scores = self.vectors_ID[items] @ queries_BD[row]
            best = np.argsort(-scores, kind="stable")[:k]
            items_BK[row, : len(best)], scores_BK[row, : len(best)] = items[best], scores[best]
        return items_BK, scores_BK

    def _candidates(self, queries_BD: Floats, wanted: int, allowed: Mask | None) -> Ints:
        if allowed is None:
            return np.asarray(self._lists.search(queries_BD, wanted)[1])
        import faiss  # noqa: PLC0415  (only where there is an index)

        chosen = faiss.IDSelectorBitmap(np.packbits(allowed, bitorder="little"))
        settings = faiss.SearchParametersIVF(sel=chosen, nprobe=self.nprobe)
        return np.asarray(self._lists.search(queries_BD, wanted, params=settings)[1])


def build(vectors_ID: Floats, queries_SD: Floats, *, seed: int = 0) -> dict[str, NDArray[Any]]:
    """Return the index as arrays; none when too few items, or when clusters do not reach RECALL.

    Args:
        vectors_ID: of the items.
        queries_SD: vectors of some users, to measure with.
        seed: of the clustering.
    """
    if len(vectors_ID) < EXACT_BELOW or len(queries_SD) == 0:
        return {}
    lists = _clustered(vectors_ID, seed)
    found = ClusteredIndex(lists, vectors_ID)
    exact_SK, _ = ExactIndex(vectors_ID).search(queries_SD[:SAMPLES], RECALL_AT)
    for nprobe in _NPROBES:
        lists.nprobe = nprobe
        if recall(found.search(queries_SD[:SAMPLES], RECALL_AT)[0], exact_SK) >= RECALL:
            return _to_arrays(lists, nprobe)
    return {}


def restore(arrays: Mapping[str, NDArray[Any]], vectors_ID: Floats) -> ItemIndex | None:
    """Return the index that was built over these vectors; None when there was none.

    From then on a search takes one thread: requests come side by side, more threads would only wait.

    Raises:
        ModelStateError: it is of other vectors.
    """
    if "index" not in arrays:
        return None
    import faiss  # noqa: PLC0415  (only where there is an index)

    lists = faiss.deserialize_index(np.ascontiguousarray(arrays["index"], dtype=np.uint8))
    if (lists.ntotal, lists.d) != vectors_ID.shape:
        raise ModelStateError("The stored index is of other vectors than the model's.")
    lists.nprobe = int(arrays["index_nprobe"][0])
    faiss.omp_set_num_threads(1)
    return ClusteredIndex(lists, vectors_ID)


def recall(found_SK: Ints, exact_SK: Ints) -> float:
    """Return the share of the exact answers that were found."""
    pairs = zip(found_SK.tolist(), exact_SK.tolist(), strict=True)
    hits = [len(set(found) & set(exact)) / len(exact) for found, exact in pairs]
    return float(np.mean(hits))


def _clustered(vectors_ID: Floats, seed: int) -> Any:
    """Return lists over all vectors, about 4 sqrt(I) of them (faiss's own advice below 1 M)."""
    import faiss  # noqa: PLC0415  (only where there is an index)

    n, width = vectors_ID.shape
    n_lists = int(2 ** np.round(np.log2(4 * np.sqrt(n))))
    kinds = faiss.METRIC_INNER_PRODUCT
    coarse = faiss.IndexFlatIP(width)
    lists = faiss.IndexIVFScalarQuantizer(
        coarse, width, n_lists, faiss.ScalarQuantizer.QT_8bit, kinds
    )
    lists.cp.seed = seed or 1
    lists.cp.niter = 8
    lists.cp.spherical = True
    size = min(n, n_lists * _TRAINING_PER_LIST)
    chosen = np.sort(np.random.default_rng(seed).choice(n, size, replace=False))
    lists.train(vectors_ID[chosen])
    lists.add(vectors_ID)
    return lists


def _to_arrays(lists: Any, nprobe: int) -> dict[str, NDArray[Any]]:
    import faiss  # noqa: PLC0415  (only where there is an index)

    stored = np.asarray(faiss.serialize_index(lists), dtype=np.uint8)
    return {"index": stored, "index_nprobe": np.array([nprobe], dtype=np.int64)}
