"""Every model passes the conformance suite."""

from ml.fraud.models.autoencoder import Autoencoder, AutoencoderParams
from ml.fraud.models.blend import Blend
from ml.fraud.models.boosting import Boosting, BoostingParams
from ml.fraud.models.contract import Model
from ml.fraud.models.isolation_forest import IsolationForest, IsolationForestParams
from ml.fraud.models.logistic import Logistic
from tests.ml.fraud.conformance import ModelConformance

QUICK = BoostingParams(rounds=20, depth=3, learning_rate=0.3)


class TestBoosting(ModelConformance):
    def model(self) -> Model:
        return Boosting(QUICK)


class TestBalancedBags(ModelConformance):
    def model(self) -> Model:
        params = BoostingParams(rounds=10, depth=3, learning_rate=0.3, bags=3, honest_share=0.3)
        return Boosting(params)


class TestLogistic(ModelConformance):
    def model(self) -> Model:
        return Logistic()


class TestIsolationForest(ModelConformance):
    def model(self) -> Model:
        return IsolationForest(IsolationForestParams(trees=40))


class TestAutoencoder(ModelConformance):
    def model(self) -> Model:
        return Autoencoder(AutoencoderParams(width=8, epochs=15))


class TestBlend(ModelConformance):
    def model(self) -> Model:
        return Blend([Boosting(QUICK), Logistic()], [0.7, 0.3])
