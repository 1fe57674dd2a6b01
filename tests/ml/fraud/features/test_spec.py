"""A definition is read strictly: each refusal names the place."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ml.fraud.features.errors import FeatureSpecError
from ml.fraud.features.spec import FeatureSet
from tests.ml.fraud.features.definitions import every_kind

COUNT = {"name": "n", "kind": "count", "entity": ["c"], "window_s": 3600}


def spec(feature: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"event_id": "id", "time": "t", "features": [feature], **more}


def test_a_definition_comes_back_as_it_was():
    features = every_kind()
    assert FeatureSet.from_spec(features.spec()) == features


@pytest.mark.parametrize(
    ("wrong", "place"),
    [
        (spec(COUNT | {"kind": "median"}), r"features\[0\]\.kind"),
        (spec(COUNT | {"window_s": 59}), r"features\[0\]\.window_s"),
        (spec(COUNT | {"window_s": 91 * 86_400}), r"features\[0\]\.window_s"),
        (spec(COUNT | {"window_s": 3600.5}), r"features\[0\]\.window_s"),
        (spec(COUNT | {"entity": []}), r"features\[0\]\.entity"),
        (spec(COUNT | {"entity": ["a", "b", "c"]}), r"features\[0\]\.entity"),
        (spec(COUNT | {"entity": ["a", "a"]}), r"features\[0\]\.entity"),
        (spec(COUNT | {"column": "a"}), r"features\[0\]\.column"),
        (spec(COUNT | {"kind": "sum"}), r"features\[0\]\.column"),
        (spec(COUNT | {"name": "a b"}), r"features\[0\]\.name"),
        (spec(COUNT | {"color": 1}), r"features\[0\]\.color"),
        (spec({"name": "x", "kind": "is", "column": "a"}), r"features\[0\]\.categories"),
        (spec(COUNT, time=None), "time"),
        (spec(COUNT, label_delay_s=-1), "label_delay_s"),
        (spec(COUNT, max_events=10**9), "max_events"),
        (spec(COUNT, time_unit="h"), "time_unit"),
        (spec(COUNT) | {"features": [COUNT, COUNT]}, "'n' occurs twice"),
        (spec(COUNT) | {"features": []}, "features"),
    ],
)
def test_what_is_wrong_is_named(wrong: dict[str, Any], place: str):
    with pytest.raises(FeatureSpecError, match=place):
        FeatureSet.from_spec(wrong)


JUNK = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3)
    ),
    max_leaves=6,
)


@settings(max_examples=100, deadline=None)
@given(
    field=st.sampled_from([*COUNT, "column", "categories", "through", "with_current"]), junk=JUNK
)
def test_junk_is_refused_in_words_or_read(field: str, junk: Any):
    try:
        FeatureSet.from_spec(spec(COUNT | {field: junk}))
    except FeatureSpecError as error:
        assert str(error)  # noqa: PT017  (either outcome is right, another exception is not)
