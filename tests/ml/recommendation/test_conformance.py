from dataclasses import replace

from ml.recommendation.als import Als, AlsParams
from ml.recommendation.blend import Blend
from ml.recommendation.bpr import Bpr, BprParams
from ml.recommendation.contract import Recommender, VectorRecommender
from ml.recommendation.ease import Ease
from ml.recommendation.feature_mf import FeatureMf, FeatureMfParams
from ml.recommendation.graph_filter import GraphFilter, GraphFilterParams
from ml.recommendation.kinds import MODELS, model_class
from ml.recommendation.popularity import Popularity, Recency
from ml.recommendation.sasrec.model import SasRec
from ml.recommendation.sasrec.params import SasRecParams
from ml.recommendation.two_tower.model import TwoTower
from ml.recommendation.two_tower.params import TwoTowerParams
from tests.ml.recommendation.conformance import Conformance, ConformanceOfVectors, Contract


class TestAls(ConformanceOfVectors):
    def model(self) -> Recommender:
        return Als(AlsParams(factors=8, seed=3))


class TestAlsWithDefaults(ConformanceOfVectors):
    def model(self) -> Recommender:
        return Als()


class TestFeatureMf(ConformanceOfVectors):
    def model(self) -> Recommender:
        return FeatureMf(FeatureMfParams(epochs=25, learning_rate=0.05, validation=0.0, seed=3))


class TestBpr(ConformanceOfVectors):
    def model(self) -> Recommender:
        return Bpr(BprParams(factors=8, epochs=300, seed=3))


class TestEase(Conformance):
    def model(self) -> Recommender:
        return Ease()


class TestGraphFilter(Conformance):
    def model(self) -> Recommender:
        return GraphFilter()


class TestGraphFilterThatSharpens(Conformance):
    def model(self) -> Recommender:
        return GraphFilter(GraphFilterParams(rank=4, sharpen=1.0))


class TestBlend(Conformance):
    def model(self) -> Recommender:
        return Blend([Als(AlsParams(factors=8, seed=3)), Ease()], [1.0, 2.0])


class TestSasRec(ConformanceOfVectors):
    def model(self) -> Recommender:
        # nothing in the board is about order, so what goes together is learned in any order
        quick = SasRecParams(width=16, blocks=1, epochs=40, learning_rate=0.02, batch_tokens=256)
        return SasRec(replace(quick, shuffle=0.5, validation=False, seed=3))


class TestTwoTower(ConformanceOfVectors):
    def model(self) -> Recommender:
        quick = TwoTowerParams(width=8, epochs=10, learning_rate=0.03, forget_ids=0.7)
        return TwoTower(replace(quick, dropout=0.0, validation=False, seed=3))


class TestPopularity(Contract):
    def model(self) -> Recommender:
        return Popularity()


class TestRecency(Contract):
    def model(self) -> Recommender:
        return Recency()


def test_every_kind_is_held_to_the_contract() -> None:
    suites = [each for name, each in globals().items() if name.startswith("Test")]
    tested = {type(each().model()) for each in suites}
    assert {model_class(kind) for kind in MODELS} <= tested
    assert all(model_class(kind).kind == kind for kind in MODELS)


def test_models_of_vectors_are_held_to_the_contract_of_vectors() -> None:
    for suite in [each for name, each in globals().items() if name.startswith("Test")]:
        has_vectors = isinstance(suite().model(), VectorRecommender)
        assert issubclass(suite, ConformanceOfVectors) == has_vectors
