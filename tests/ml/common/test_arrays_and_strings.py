import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ml.common import arrays, seeds, strings


def test_arrays_survive() -> None:
    given_arrays = {"a": np.arange(6, dtype=np.int64).reshape(2, 3).T, "b": np.zeros(0, np.float32)}
    back = arrays.load(arrays.dump(given_arrays))
    for name, array in given_arrays.items():
        np.testing.assert_array_equal(back[name], array)
        assert back[name].dtype == array.dtype


@pytest.mark.parametrize("raw", [b"", b"x", b"\xff" * 40, b"\x80\x04K\x01."])
def test_other_bytes_are_refused(raw: bytes) -> None:
    with pytest.raises(arrays.ArraysError):
        arrays.load(raw)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.text(st.characters(codec="utf-8"), max_size=8), max_size=12))
def test_strings_survive(values: list[str]) -> None:
    assert strings.unpack(*strings.pack(values)) == values


def test_a_very_long_and_an_odd_string_survive() -> None:
    values = ["x" * 10_000, "", "\x00\n", "用户", "\ud800"]
    assert strings.unpack(*strings.pack(values)) == values


@pytest.mark.parametrize("offsets", [[], [1, 3], [0, 2], [0, 3, 2, 3], [0, 9]])
def test_offsets_that_do_not_fit_are_refused(offsets: list[int]) -> None:
    with pytest.raises(strings.StringsError):
        strings.unpack(np.frombuffer(b"abc", dtype=np.uint8), np.array(offsets, dtype=np.int64))


def test_bytes_that_are_not_text_are_refused() -> None:
    with pytest.raises(strings.StringsError):
        strings.unpack(np.array([255], dtype=np.uint8), np.array([0, 1]))


def test_purposes_have_their_own_streams_and_repeat() -> None:
    first = seeds.generator(7, "a").random(3)
    np.testing.assert_array_equal(first, seeds.generator(7, "a").random(3))
    assert not np.array_equal(first, seeds.generator(7, "b").random(3))
    assert not np.array_equal(first, seeds.generator(8, "a").random(3))
