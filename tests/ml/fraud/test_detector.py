"""The door: fit, score, explain, counterfactuals, bundle and the served predictor."""

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from ml.common.bundle import BundleError, build
from ml.fraud.detector import Detector
from ml.fraud.errors import NothingToLearnError, SettingsError, ShapeError
from ml.fraud.fitting import fit
from ml.fraud.predictor import load_predictor
from ml.runtime.loading import load
from ml.runtime.predictor import PredictionInputError
from tests.ml.fraud.conformance import NAMES, known_answer

QUICK = {"rounds": 15, "learning_rate": 0.3}


def fitted(**params) -> Detector:
    given = known_answer(1200)
    return fit(
        given.features,
        given.labels,
        given.times,
        names=NAMES,
        groups_N=given.groups,
        params={"model": "xgboost", "settings": QUICK, "label_delay_s": 3600.0} | params,
    )


@pytest.fixture(scope="module")
def detector() -> Detector:
    return fitted()


def test_scores_are_probabilities_that_tell_fraud(detector):
    later = known_answer(seed=1)
    scores = detector.score(later.features)
    assert scores.dtype == np.float32
    assert scores[later.labels == 1].min() > 0.5 > scores[later.labels == 0].max()
    assert detector.report["validation"]["average_precision"] > 0.95
    assert detector.report["validation"]["gap_s"] == 3600.0


def test_contributions_add_up_to_the_margin(detector):
    rows = known_answer(seed=1).features[:20]
    sums = detector.explain(rows).sum(axis=1)
    np.testing.assert_allclose(sums, detector.margins(rows), rtol=1e-3, atol=1e-3)


def test_a_counterfactual_passes_and_a_smaller_change_does_not():
    given = known_answer(1200)
    features = given.features.copy()
    features[:, 1] = features[:, 2]  # the amount alone tells it
    detector = fit(features, given.labels, given.times, names=NAMES,
                   params={"model": "logistic"})  # fmt: skip
    row = features[given.labels == 1][0]
    best = detector.counterfactuals(row, 0.3)[0]
    assert best.name == "amount"
    changed = row.copy()
    changed[0] = best.value
    assert detector.score(changed[None])[0] < 0.3
    changed[0] = best.value + 0.02 * (row[0] - best.value)
    assert detector.score(changed[None])[0] >= 0.3


def test_no_single_change_helps_then_nothing_is_said(detector):
    assert detector.counterfactuals(detector.normal, 1e-9) == []


def test_a_constraint_of_direction_holds_everywhere():
    detector = fitted(monotone={"amount": 1})
    rows = np.repeat(known_answer(seed=4).features[:30], 40, axis=0)
    rows[:, 0] = np.tile(np.linspace(0, 200, 40), 30)
    steps = np.diff(detector.margins(rows).reshape(30, 40), axis=1)
    assert steps.min() >= -1e-5


def test_a_bundle_restores_the_detector(detector):
    bundle = detector.bundle({"note": "x"})
    bundle.verify()
    again = Detector.from_bundle(bundle)
    rows = known_answer(seed=1).features
    np.testing.assert_array_equal(again.score(rows), detector.score(rows))
    assert (again.names, again.report["model"]) == (detector.names, "xgboost")
    assert bundle.manifest.attributes["note"] == "x"
    assert "amount" not in bundle.manifest.canonical_bytes().decode()


@pytest.mark.parametrize(
    ("model", "engine"), [("xgboost", "onnx"), ("logistic", "onnx"), ("isolation_forest", "native")]
)
def test_the_predictor_answers_as_the_detector(model, engine):
    detector = fitted(model=model, settings=QUICK if model == "xgboost" else {})
    predictor = load(detector.bundle(), {"fraud": load_predictor})
    assert predictor.engine == engine
    predictor.warm_up()
    rows = known_answer(seed=1).features
    rows[0, 0], rows[1, 1] = np.inf, np.nan
    found = predictor.predict({"features": rows}, {"explain": True})
    np.testing.assert_allclose(found["score"], detector.score(rows), atol=1e-5)
    np.testing.assert_allclose(found["contributions"], detector.explain(rows), atol=1e-4)
    assert set(predictor.predict({"features": rows}, {})) == {"score"}
    none = predictor.predict({"features": rows[:0]}, {"explain": True})
    assert (none["score"].shape, none["contributions"].shape) == ((0,), (0, 5))
    assert predictor.size_bytes >= detector.bundle().size_bytes


def test_threads_get_the_same_answers(detector):
    predictor = load_predictor(detector.bundle())
    request = {"features": known_answer(seed=1).features[:3]}
    first = predictor.predict(request, {"explain": True})
    with ThreadPoolExecutor(8) as pool:
        for found in pool.map(lambda _: predictor.predict(request, {"explain": True}), range(32)):
            for name, values in found.items():
                np.testing.assert_array_equal(values, first[name])


def test_a_request_is_refused_in_words(detector):
    predictor = load_predictor(detector.bundle())
    row = np.zeros((1, 4), dtype=np.float32)
    with pytest.raises(PredictionInputError, match="'explain' is true or false"):
        predictor.predict({"features": row}, {"explain": "yes"})
    with pytest.raises(PredictionInputError, match=r"shape \[1, 3\].*\[-1, 4\]"):
        predictor.predict({"features": row[:, :3]}, {})
    with pytest.raises(PredictionInputError, match="too many"):
        predictor.predict({"features": np.zeros((10_001, 4), np.float32)}, {"explain": True})


def test_a_damaged_bundle_is_refused_in_words(detector):
    whole = detector.bundle()
    for name in whole.files:
        files = {**whole.files, name: whole.files[name][:-200]}
        manifest = whole.manifest
        damaged = build(
            flavour="native", loader="fraud", inputs=manifest.inputs, outputs=manifest.outputs,
            files=files, attributes=manifest.attributes,
        )  # fmt: skip
        with pytest.raises(BundleError, match="cannot be loaded"):
            load_predictor(damaged)


def test_without_labels_the_score_is_the_share_of_events_less_strange():
    given = known_answer()
    detector = fit(given.features, None, None, names=NAMES)
    scores = detector.score(given.features)
    assert detector.kind == "isolation_forest"
    assert scores[given.labels == 1].mean() > 0.9
    assert abs(float(scores.mean()) - 0.5) < 0.05


def test_rows_without_a_label_are_not_taken_for_honest():
    given = known_answer(1200)
    labels = given.labels.copy()
    labels[900:] = np.nan
    params = {"model": "xgboost", "settings": QUICK}
    blank = fit(given.features, labels, given.times, names=NAMES, params=params)
    short = fit(given.features[:900], labels[:900], given.times[:900], names=NAMES, params=params)
    np.testing.assert_array_equal(blank.margins(given.features), short.margins(given.features))


def test_auto_says_what_it_tried_and_beats_chance():
    given = known_answer(1200)
    detector = fit(given.features, given.labels, given.times, names=NAMES, params={"budget_s": 1.0})
    kinds = [each["model"] for each in detector.report["trials"]]
    assert kinds[:3] == ["logistic", "isolation_forest", "xgboost"]
    assert "average precision" in detector.report["why"]
    assert detector.report["validation"]["auc"] > 0.95


def test_auto_keeps_to_kinds_that_can_keep_constraints():
    given = known_answer(1200)
    params = {"budget_s": 1.0, "monotone": {"amount": 1}}
    detector = fit(given.features, given.labels, given.times, names=NAMES, params=params)
    assert "isolation_forest" not in [each["model"] for each in detector.report["trials"]]


@pytest.mark.parametrize(
    ("params", "words"),
    [
        ({"model": "magic"}, "Unknown kind"),
        ({"model": "xgboost", "settings": {"leaves": 3}}, "no settings"),
        ({"model": "xgboost", "settings": {"depth": 99}}, "depth"),
        ({"model": "isolation_forest", "monotone": {"amount": 1}}, "cannot keep"),
        ({"monotone": {"colour": 1}, "model": "xgboost"}, "colour"),
        ({"speed": 3}, "no \\['speed'\\]"),
        ({"calibration": "guess"}, "calibration"),
    ],
)
def test_settings_that_cannot_be_are_refused_in_words(params, words):
    given = known_answer()
    with pytest.raises(SettingsError, match=words):
        fit(given.features, given.labels, given.times, names=NAMES, params=params)


def test_data_that_cannot_be_learned_from_are_refused_in_words():
    given = known_answer()
    few = np.where(np.cumsum(given.labels) > 2, 0, given.labels)
    with pytest.raises(NothingToLearnError, match="2 frauds"):
        fit(given.features, few, None, names=NAMES, params={"model": "xgboost"})
    with pytest.raises(ShapeError, match="names"):
        fit(given.features, given.labels, None, names=NAMES[:3])
    with pytest.raises(ShapeError, match="1 for fraud"):
        fit(given.features, given.labels + 3, None, names=NAMES)
    with pytest.raises(NothingToLearnError, match="too few"):
        fit(given.features[:9], given.labels[:9], None, names=NAMES)
