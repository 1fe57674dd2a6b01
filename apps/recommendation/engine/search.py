"""Finds ids and titles that contain a text, whatever its case; bounded in time and answers."""

from bisect import bisect_right
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

MAX_MATCHES = 2_000  # looked at before ranking; more would say nothing to a person typing
MAX_PREFIX = 200
_BREAK = "\n"


class TextIndex:
    """All texts in one lower-case string, so that a search is one C-speed scan.

    Args:
        texts: one per entry; a match may be anywhere in it.
        counts_N: interactions of each entry; more come first.
    """

    def __init__(self, texts: Sequence[str], counts_N: NDArray[np.int64]) -> None:
        lowered = [text.lower().replace(_BREAK, " ") for text in texts]
        self.text = _BREAK.join(lowered)
        lengths = np.array([len(each) + 1 for each in lowered], dtype=np.int64)
        self.starts = (np.cumsum(lengths) - lengths).tolist()
        self.counts_N = counts_N
        self.popular = np.argsort(-counts_N, kind="stable").tolist()

    def find(self, prefix: str, k: int) -> list[int]:
        """Return at most k entries: those that begin with the text first, then by count."""
        wanted = prefix[:MAX_PREFIX].lower().replace(_BREAK, " ").strip()
        if not wanted:
            return list(self.popular[:k])
        matches = self._matches(_BREAK + wanted, 1) | self._matches(wanted, 0)
        if self.text.startswith(wanted):
            matches[0] = True
        ranked = sorted(matches, key=lambda entry: (not matches[entry], -self.counts_N[entry]))
        return ranked[:k]

    def _matches(self, wanted: str, skip: int) -> dict[int, bool]:
        """Return entry -> does it begin with the text; one match per entry, at most MAX_MATCHES."""
        found: dict[int, bool] = {}
        position = self.text.find(wanted)
        while position >= 0 and len(found) < MAX_MATCHES:
            entry = bisect_right(self.starts, position + skip) - 1
            found[entry] = self.starts[entry] == position + skip
            if entry + 1 == len(self.starts):
                break
            position = self.text.find(wanted, self.starts[entry + 1] - skip)
        return found
