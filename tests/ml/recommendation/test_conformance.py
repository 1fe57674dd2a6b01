from ml.recommendation.als import Als, AlsParams
from ml.recommendation.contract import Recommender
from ml.recommendation.feature_mf import FeatureMf, FeatureMfParams
from ml.recommendation.kinds import MODELS
from ml.recommendation.popularity import Popularity
from tests.ml.recommendation.conformance import Conformance


class TestAls(Conformance):
    def model(self) -> Recommender:
        return Als(AlsParams(factors=8, seed=3))


class TestAlsWithDefaults(Conformance):
    def model(self) -> Recommender:
        return Als()


class TestFeatureMf(Conformance):
    def model(self) -> Recommender:
        return FeatureMf(FeatureMfParams(epochs=25, learning_rate=0.05, validation=0.0, seed=3))


class TestPopularity(Conformance):
    personal = False

    def model(self) -> Recommender:
        return Popularity()


def test_every_kind_is_held_to_the_contract() -> None:
    tested = {type(each().model()) for each in Conformance.__subclasses__()}
    assert set(MODELS.values()) <= tested
