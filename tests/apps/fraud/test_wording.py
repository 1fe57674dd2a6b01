"""Reasons: strongest first, in words, with the customer's own normal value where it is known."""

import numpy as np

from apps.fraud.engine.live import wording
from apps.fraud.engine.live.knowing import Known
from apps.fraud.engine.live.usual import own_normals
from apps.fraud.models import Detector
from ml.fraud.features.spec import FeatureSet

DAY = 86_400


def known() -> Known:
    def history(name: str, kind: str, days: int, column: str | None = None) -> dict:
        told = {"name": name, "kind": kind, "entity": ["customer"], "window_s": days * DAY}
        return {**told, "column": column} if column else told

    features = FeatureSet.from_spec(
        {
            "time": "time",
            "features": [
                {"name": "amount", "kind": "value", "column": "amount"},
                history("count_1d", "count", 1),
                history("count_30d", "count", 30),
                history("mean_30d", "mean", 30, "amount"),
            ],
        }
    )
    normals = {"count_30d": {"normal": 7.0}}
    return Known(Detector(), 1, features, normals, own_normals(features, "customer"))


def test_the_strongest_reason_comes_first_with_the_customers_own_normal():
    values_F = np.array([500.0, 6.0, 30.0, 25.0])
    told = wording.reasons(known(), values_F, np.array([2.0, 1.0, 0.5, -3.0, -1.0], np.float32))
    assert [each["feature"] for each in told] == ["amount", "count_1d", "count_30d"]
    assert (told[0]["value"], told[0]["normal"], told[0]["normal_of"]) == (500.0, 25.0, "customer")
    assert told[1]["normal"] == 1.0  # 30 in 30 days
    assert told[1]["words"] == "Payments of the customer within 1 d"
    assert (told[2]["normal"], told[2]["normal_of"]) == (7.0, "everybody")


def test_a_newcomer_has_no_normal_of_their_own():
    values_F = np.array([500.0, 1.0, 1.0, np.nan])
    told = wording.reasons(known(), values_F, np.array([2.0, 0, 0, 0, 0], np.float32))
    assert (told[0]["normal"], told[0]["normal_of"]) == (None, "everybody")


def test_without_contributions_there_are_no_reasons():
    assert wording.reasons(known(), np.zeros(4), np.zeros(0, np.float32)) == []
