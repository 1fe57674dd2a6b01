import pytest

from apps.recommendation.params import FIELDS, TrainParams, as_dict, parse
from platform_core.errors import InvalidInputError


def test_nothing_given_means_defaults() -> None:
    assert parse({}) == TrainParams()


def test_blank_and_none_mean_the_default() -> None:
    assert parse({"factors": "", "seed": None}) == TrainParams()


def test_text_from_a_form_becomes_numbers() -> None:
    params = parse({"factors": "64", "regularisation": "0.5", "model": "als"})
    assert (params.factors, params.regularisation, params.model) == (64, 0.5, "als")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("model", "magic"),
        ("model", ["als"]),
        ("factors", 0),
        ("factors", 10**9),
        ("factors", 3.5),
        ("factors", True),
        ("factors", [3]),
        ("regularisation", "nan"),
        ("confidence", "inf"),
        ("epochs", "many"),
        ("seed", -1),
        ("seed", 10**400),
    ],
)
def test_bad_value_is_refused_by_name(name: str, value: object) -> None:
    with pytest.raises(InvalidInputError) as refusal:
        parse({name: value})
    assert refusal.value.extra["field"] == name
    assert name in refusal.value.detail
    assert refusal.value.remedy


def test_unknown_name_is_refused_with_the_nearest_one() -> None:
    with pytest.raises(InvalidInputError) as refusal:
        parse({"factor": 3})
    assert "factors" in refusal.value.remedy


def test_round_trip() -> None:
    params = parse({"model": "feature_mf", "epochs": 3})
    assert parse(as_dict(params)) == params


def test_every_field_says_what_it_is_and_its_limits() -> None:
    for each in FIELDS:
        assert {"label", "help"} <= each.metadata.keys()
        assert "choices" in each.metadata or {"min", "max"} <= each.metadata.keys()
