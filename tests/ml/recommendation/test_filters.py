"""The filter language: what it finds, what it refuses, and in which words."""

import contextlib

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ml.recommendation import attributes, filters
from ml.recommendation.attributes import Attributes, Numbers
from ml.recommendation.errors import FilterError

FILMS = Attributes(
    5,
    {
        "genres": attributes.texts(["Comedy|Drama", "Drama", "Horror", None, "Comedy"]),
        "year": Numbers("number", np.array([1990.0, 2001, 1985, 1999, np.nan])),
        "colour": Numbers("boolean", np.array([1.0, 0, 1, 1, 1])),
        "seen_at": Numbers("time", np.array([0.0, 86_400, 172_800, np.nan, 0])),
    },
)


def found(raw: object) -> list[int]:
    return np.flatnonzero(filters.parse(raw).mask(FILMS)).tolist()


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        ({}, [0, 1, 2, 3, 4]),
        ({"genres": "Comedy"}, [0, 4]),
        ({"genres": ["Comedy", "Horror"]}, [0, 2, 4]),
        ({"genres": ["Comedy"], "year": {"gte": 1990}}, [0]),
        ({"genres": {"all_of": ["Comedy", "Drama"]}}, [0]),
        ({"genres": {"ne": "Drama"}}, [2, 3, 4]),
        ({"genres": {"not_in": ["Drama", "Horror"]}}, [3, 4]),
        ({"genres": {"exists": False}}, [3]),
        ({"genres": "Western"}, []),
        ({"genres": []}, []),
        ({"year": {"gt": 1985, "lt": 2001}}, [0, 3]),
        ({"year": 1990}, [0]),
        ({"year": [1990, 1985]}, [0, 2]),
        ({"year": {"ne": 1990}}, [1, 2, 3, 4]),
        ({"colour": True}, [0, 2, 3, 4]),
        ({"seen_at": {"gte": "1970-01-02"}}, [1, 2]),
        ({"seen_at": {"gt": "1970-01-02T00:00:00Z"}}, [2]),
        ({"not": {"genres": "Drama"}}, [2, 3, 4]),
        ({"any": [{"year": {"lt": 1990}}, {"genres": "Comedy"}]}, [0, 2, 4]),
        ({"all": [{"year": {"lt": 1995}}, {"genres": "Comedy"}]}, [0]),
    ],
)
def test_it_finds_what_meets_the_conditions(raw: object, expected: list[int]):
    assert found(raw) == expected


@pytest.mark.parametrize(
    ("raw", "words"),
    [
        ([], "filter is an object"),
        ("genres=Comedy", "filter is an object"),
        (
            {"genre": "Comedy"},
            r"no attribute “genre”. Did you mean “genres”\? There are: genres \(text\), year",
        ),
        ({"genres": {"gte": "A"}}, "cannot be compared"),
        ({"year": {"near": 3}}, "'near' is not an operator; there are eq, ne, in"),
        ({"year": {"gte": "old"}}, "“year” holds numbers; 'old' is none"),
        ({"seen_at": "yesterday"}, "times such as"),
        ({"year": {"gte": [1]}}, "takes texts, numbers or truth values"),
        ({"year": {"in": 3}}, "takes a list"),
        ({"year": None}, "takes texts, numbers"),
        ({"year": {"exists": 1}}, "true or false"),
        ({"any": []}, "list of 1 to"),
        ({"not": [1]}, "filter is an object"),
        ({"year": list(range(2000))}, "at most 1000"),
        ({"year": float("inf")}, "numbers"),
        ({f"a{i}": 1 for i in range(70)}, "more than 64 conditions"),
    ],
)
def test_it_refuses_in_words(raw: object, words: str):
    with pytest.raises(FilterError, match=words):
        found(raw)


def test_depth_is_bounded():
    raw: dict = {"year": 1990}
    for _ in range(filters.MAX_DEPTH):
        raw = {"not": raw}
    with pytest.raises(FilterError, match="nested deeper"):
        filters.parse(raw)


plain = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from(["any", "all", "not", "year", "genres", "in", "gte"]), inner
        )
    ),
    max_leaves=12,
)


@given(plain)
def test_whatever_is_sent_is_answered_or_refused_in_words(raw: object):
    with contextlib.suppress(FilterError):
        assert len(found(raw)) <= FILMS.n


def test_attributes_survive_storage():
    again = attributes.from_arrays(attributes.to_arrays(FILMS, "item"), "item", 5)
    assert again.kinds() == FILMS.kinds()
    for raw in ({"genres": "Drama"}, {"year": {"gte": 1990}}, {"colour": True}):
        assert (filters.parse(raw).mask(again) == filters.parse(raw).mask(FILMS)).all()


def test_damaged_attributes_are_refused():
    arrays = attributes.to_arrays(FILMS, "item")
    with pytest.raises(ValueError, match="number of rows"):
        attributes.from_arrays(arrays, "item", 6)
    arrays["item.0.codes"] = arrays["item.0.codes"] + 9
    with pytest.raises(ValueError, match="damaged"):
        attributes.from_arrays(arrays, "item", 5)


def test_items_told_as_json_take_the_known_kinds():
    rows = [
        {"genres": ["Comedy", "New"], "year": "1991", "price": 3.5},
        {"year": "soon", "colour": True},
    ]
    told = attributes.from_rows(rows, FILMS.kinds())
    assert told.kinds() == FILMS.kinds() | {"price": "number"}
    assert filters.parse({"genres": "New", "year": {"gt": 1990}}).mask(told).tolist() == [
        True,
        False,
    ]
    assert filters.parse({"colour": True}).mask(told).tolist() == [False, True]
