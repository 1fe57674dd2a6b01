"""What every fraud model must do; subclass it per model (see test_model_conformance.py)."""

import numpy as np
import onnxruntime as ort
import pytest

from ml.common import arrays
from ml.common.progress import SilentProgress, TrainingStoppedError
from ml.fraud import examples
from ml.fraud.errors import ModelStateError, NotFittedError
from ml.fraud.evaluate import auc
from ml.fraud.models.contract import Model
from ml.fraud.predictor import TOLERANCE

NAMES = ("amount", "count", "noise", "gaps")


def known_answer(rows: int = 600, seed: int = 0) -> examples.Examples:
    """Frauds have amounts and counts far beyond the others'; `noise` says nothing, `gaps` often misses."""
    rng = np.random.default_rng(seed)
    features_NF = np.abs(rng.normal(20, 5, (rows, 4)))
    fraud_N = np.zeros(rows)
    fraud_N[rng.choice(rows, rows // 20, replace=False)] = 1
    features_NF[fraud_N == 1, :2] *= 6
    features_NF[rng.random(rows) < 0.3, 3] = np.nan
    times_N = np.arange(rows) * 600.0
    return examples.build(features_NF, fraud_N, times_N, names=NAMES, groups_N=np.arange(rows) % 40)


class Stops(SilentProgress):
    def should_stop(self) -> bool:
        return True


class ModelConformance:
    def model(self) -> Model:
        raise NotImplementedError

    @pytest.fixture(scope="class")
    @classmethod
    def fitted(cls) -> Model:
        return cls().model().fit(known_answer())

    def test_finds_the_frauds_it_has_not_seen(self, fitted):
        later = known_answer(seed=1)
        assert auc(fitted.margins(later.features), later.labels == 1) > 0.99

    def test_margins_are_finite_and_float32(self, fitted):
        rows = np.array([[0, 0, 0, 0], [np.nan] * 4, [1e30, -1e30, 3, np.nan]], dtype=np.float32)
        margins = fitted.margins(rows)
        assert margins.dtype == np.float32
        assert margins.shape == (3,)
        assert np.isfinite(margins).all()

    def test_nothing_gets_nothing(self, fitted):
        none = np.empty((0, 4), dtype=np.float32)
        assert fitted.margins(none).shape == (0,)
        assert fitted.contributions(none).shape == (0, 5)

    def test_contributions_add_up_and_name_what_is_wrong(self, fitted):
        later = known_answer(seed=2)
        found = fitted.contributions(later.features)
        assert found.dtype == np.float32
        margins = fitted.margins(later.features)
        np.testing.assert_allclose(found.sum(axis=1), margins, rtol=1e-3, atol=1e-3)
        of_frauds = found[later.labels == 1].mean(axis=0)
        assert min(of_frauds[:2]) > abs(of_frauds[2])

    def test_a_row_alone_is_as_in_a_batch(self, fitted):
        rows = known_answer(seed=3).features[:5]
        alone = [float(fitted.margins(rows[i : i + 1])[0]) for i in range(5)]
        np.testing.assert_allclose(alone, fitted.margins(rows), rtol=1e-5, atol=1e-6)

    def test_arrays_restore_the_same_model(self, fitted):
        restored = type(fitted).from_arrays(arrays.load(arrays.dump(fitted.to_arrays())))
        rows = known_answer(seed=3).features
        np.testing.assert_array_equal(restored.margins(rows), fitted.margins(rows))
        np.testing.assert_array_equal(
            restored.contributions(rows[:4]), fitted.contributions(rows[:4])
        )
        assert restored.n_features == 4

    def test_same_seed_same_model(self, fitted):
        again = self.model().fit(known_answer()).to_arrays()
        for name, values in fitted.to_arrays().items():
            np.testing.assert_array_equal(values, again[name])

    def test_its_network_answers_like_it(self, fitted):
        network = fitted.network()
        if network is None:
            assert type(fitted).network is Model.network  # it says so itself
            return
        rows = known_answer(seed=3).features
        got = ort.InferenceSession(network).run(["y"], {"x": rows})[0]
        np.testing.assert_allclose(got, fitted.margins(rows), rtol=TOLERANCE, atol=TOLERANCE)

    def test_asking_before_fitting_is_refused(self):
        with pytest.raises(NotFittedError):
            self.model().margins(np.zeros((1, 4), dtype=np.float32))

    def test_missing_arrays_are_refused(self, fitted):
        state = fitted.to_arrays()
        for name in state:
            with pytest.raises(ModelStateError):
                type(fitted).from_arrays({k: v for k, v in state.items() if k != name})

    def test_stops_when_asked(self):
        with pytest.raises(TrainingStoppedError):
            self.model().fit(known_answer(), Stops())
