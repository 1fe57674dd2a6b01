"""The quadrature gives XGBoost's own TreeSHAP values."""

import time

import numpy as np
import pytest
import xgboost

from ml.fraud import examples
from ml.fraud.models.boosting import ROWS_ALONE, Boosting, BoostingParams


def fitted(depth: int, bags: int = 1) -> tuple[Boosting, np.ndarray]:
    rng = np.random.default_rng(depth)
    features = rng.normal(size=(800, 6)).astype(np.float32)
    features[rng.random(features.shape) < 0.15] = np.nan
    known = np.nan_to_num(features)
    labels = (known[:, 0] * known[:, 1] + known[:, 2] + rng.normal(0, 0.3, 800) > 1).astype(float)
    given = examples.build(features, labels, None, names=tuple("abcdef"))
    params = BoostingParams(rounds=25, depth=depth, learning_rate=0.3, bags=bags, max_bin=128)
    return Boosting(params).fit(given), features


@pytest.mark.parametrize(("depth", "bags"), [(1, 1), (3, 2), (6, 1)])
def test_equals_xgboost(depth, bags):
    model, features = fitted(depth, bags)
    raw = bytearray(model.to_arrays()["booster"].tobytes())
    booster = xgboost.Booster()
    booster.load_model(raw)
    wanted = booster.predict(xgboost.DMatrix(features[:60]), pred_contribs=True)
    alone = np.vstack([model.contributions(features[i : i + 1]) for i in range(60)])
    np.testing.assert_allclose(alone, wanted, rtol=1e-4, atol=1e-4)
    assert np.abs(wanted[:, :3]).max() > 0.5
    many = model.contributions(features[: 2 * ROWS_ALONE])
    np.testing.assert_allclose(many, wanted[: 2 * ROWS_ALONE], rtol=1e-4, atol=1e-4)


def test_one_row_takes_less_than_a_millisecond():
    model, features = fitted(3, 4)
    model.contributions(features[:1])
    spent = []
    for row in range(200):
        started = time.thread_time()  # of this thread: other work on the machine does not count
        model.contributions(features[row : row + 1])
        spent.append(time.thread_time() - started)
    assert np.median(spent) < 0.001
