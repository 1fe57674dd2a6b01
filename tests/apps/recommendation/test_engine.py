"""Training through the real doors of datasets, registry and serving, and the predictor it yields."""

import json
import uuid
from typing import Any

import numpy as np
import pytest

from apps.recommendation.demo import simulator as demo
from apps.recommendation.engine import load_predictor, packing, train
from apps.recommendation.errors import ColumnUnknownError, TrainingDataError
from ml.common.progress import TrainingStoppedError
from ml.recommendation import data
from ml.recommendation.als import Als, AlsParams
from ml.runtime.predictor import PredictionInputError, bytes_array
from platform_core.accounts.api import Actor, Role
from platform_core.datasets import api as datasets
from platform_core.errors import InvalidInputError
from platform_core.registry import api as registry
from platform_core.serving import api as serving
from tests.apps.recommendation.conftest import InPlaceContext, taste, upload

ALS = {"model": "als", "factors": 8, "epochs": 8}


def asked(dataset: datasets.Dataset, **changes: Any) -> dict[str, Any]:
    version = datasets.current_version(dataset=dataset)
    return {
        "recommender": "films",
        "dataset_version": str(version.pk),
        "user_column": "user",
        "item_column": "item",
        "params": ALS,
    } | changes


def context(actor: Actor, params: dict[str, Any]) -> InPlaceContext:
    return InPlaceContext(uuid.uuid4(), actor.organisation, actor, params)


def trained(actor: Actor, params: dict[str, Any]) -> dict[str, Any]:
    return train(context(actor, params))  # type: ignore[arg-type]


def predictor(actor: Actor, name: str = "films", number: int = 1) -> Any:
    version = registry.get_version(actor=actor, model_name=name, number=number)
    return load_predictor(registry.open_bundle(version=version))


def ask(loaded: Any, operation: str, **inputs: Any) -> dict[str, Any]:
    tensors = {
        name: bytes_array(value) if value and isinstance(value[0], str) else np.array(value)
        for name, value in inputs.items()
    }
    return loaded.predict(tensors, {"operation": operation})


def ids(row: Any) -> list[str]:
    return [item.decode() for item in row if item]


@pytest.fixture(scope="module")
def films() -> Any:
    """A predictor of the data where even users like even items; one liked item is left per user."""
    lines = [line.split(",") for line in taste().splitlines()[1:]]
    users, items = (sorted({line[column] for line in lines}) for column in (0, 1))
    known = data.build(
        np.array([users.index(line[0]) for line in lines]),
        np.array([items.index(line[1]) for line in lines]),
    )
    model = Als(AlsParams(factors=8)).fit(known)
    titles = [f"Film No {int(item[1:])}" for item in items]
    catalogue = packing.Catalogue(users, items, titles, model.history(known))
    return load_predictor(packing.pack(model, catalogue, {}))


class TestTraining:
    def test_registers_a_champion_with_lineage_and_an_endpoint(self, actor: Actor) -> None:
        dataset = upload(actor, taste())
        params = asked(dataset, seed=5)
        told = context(actor, params)
        outcome = train(told)  # type: ignore[arg-type]
        version = registry.get_version(actor=actor, model_name="films", number=1)
        assert outcome == {"model": "films", "version": 1, "metrics": outcome["metrics"]}
        assert registry.aliases(actor=actor, model=version.model)["champion"] == version
        assert version.dataset_versions == [params["dataset_version"]]
        assert (version.seed, version.job_id) == (5, told.job_id)
        assert serving.get_endpoint(actor=actor, name="films").model_name == "films"
        assert {"hr@10", "ndcg@10", "recall@20", "popularity_ndcg@10"} <= outcome["metrics"].keys()
        assert outcome["metrics"]["ndcg@10"] > outcome["metrics"]["popularity_ndcg@10"]

    def test_a_second_version_is_challenger(self, actor: Actor) -> None:
        params = asked(upload(actor, taste()))
        trained(actor, params)
        assert trained(actor, params)["version"] == 2
        model = registry.get_model(actor=actor, name="films")
        numbers = {
            alias: v.number for alias, v in registry.aliases(actor=actor, model=model).items()
        }
        assert numbers == {"champion": 1, "challenger": 2}

    def test_same_seed_same_bundle(self, actor: Actor) -> None:
        params = asked(upload(actor, taste()))
        first, second = (trained(actor, params)["version"] for _ in range(2))
        files = [
            registry.open_bundle(
                version=registry.get_version(actor=actor, model_name="films", number=number)
            ).files
            for number in (first, second)
        ]
        assert dict(files[0]) == dict(files[1])

    def test_an_analyst_may_train(self, actor: Actor, member: Any) -> None:
        params = asked(upload(actor, taste()))
        assert trained(member(Role.ANALYST), params)["version"] == 1

    @pytest.mark.parametrize("model", ["auto", "als", "feature_mf", "popularity"])
    def test_every_model_trains_on_few_rows(self, actor: Actor, model: str) -> None:
        dataset = upload(actor, taste(users=6, items=8))
        outcome = trained(actor, asked(dataset, params={"model": model}))
        answer = ask(predictor(actor), "recommend", user=["u000"], k=[3])
        assert outcome["version"] == 1
        assert len(ids(answer["items"][0])) == 3

    def test_ratings_are_predicted_with_features(self, actor: Actor) -> None:
        dataset = upload(actor, taste(users=40, items=30))
        params = asked(
            dataset, rating_column="rating", params={"model": "feature_mf", "epochs": 40}
        )
        found = trained(actor, params)["metrics"]
        assert found["rmse"] < found["mean_rating_rmse"]

    def test_whole_numbers_as_ids_become_decimal_strings(self, actor: Actor) -> None:
        rows = taste().replace("u0", "10").replace("i", "7").replace("7tem", "item")
        trained(actor, asked(upload(actor, rows)))
        answer = ask(predictor(actor), "recommend", user=["1000"], k=[1])
        assert answer["known"].tolist() == [True]

    def test_ids_of_any_script_and_length_survive(self, actor: Actor) -> None:
        long = "x" * 10_000
        rows = taste().replace("i00", "电影 零").replace("u000", long)
        trained(actor, asked(upload(actor, rows)))
        found = ask(predictor(actor), "search", prefix=["电影"], kind=["item"])
        assert ids(found["ids"]) == ["电影 零"]
        assert ask(predictor(actor), "recommend", user=[long])["known"].tolist() == [True]

    def test_auto_takes_the_better_setting_and_says_what_it_tried(self, actor: Actor) -> None:
        table = upload(actor, demo.generate(users=300, items=120, mean=20).interactions)
        params = asked(table, user_column="viewer_id", item_column="film_id", params={})
        told = context(actor, params)
        found = train(told)["metrics"]  # type: ignore[arg-type]
        version = registry.get_version(actor=actor, model_name="films", number=1)
        assert found["ndcg@10"] > 1.5 * found["popularity_ndcg@10"]
        assert len(version.parameters["trials"]) >= 5
        assert any("internal cut" in line for line in told.lines)


class TestRefusals:
    @pytest.mark.parametrize(
        ("rows", "words"),
        [
            ("user,item\na,x\na,y\n", "only one user"),
            ("user,item\na,x\nb,x\n", "only one item"),
            ("user,item\n,x\n,y\n", "no rows"),
        ],
    )
    def test_data_that_says_nothing(self, actor: Actor, rows: str, words: str) -> None:
        with pytest.raises(TrainingDataError, match=words):
            trained(actor, asked(upload(actor, rows)))

    def test_missing_ratings_are_counted(self, actor: Actor) -> None:
        rows = "user,item,rating\na,x,1\nb,y,\nb,x,2\na,y,3\n"
        with pytest.raises(TrainingDataError, match="1 of 4 ratings"):
            trained(actor, asked(upload(actor, rows), rating_column="rating"))

    def test_equal_ratings_teach_a_rating_model_nothing(self, actor: Actor) -> None:
        rows = "user,item,rating\n" + "".join(f"u{n % 5},i{n % 7},4\n" for n in range(35))
        params = {"model": "feature_mf"}
        with pytest.raises(TrainingDataError, match="nothing to predict"):
            trained(actor, asked(upload(actor, rows), rating_column="rating", params=params))

    def test_equal_ratings_are_choices_to_other_models(self, actor: Actor) -> None:
        rows = "user,item,rating\n" + "".join(f"u{n % 5},i{n % 7},4\n" for n in range(35))
        params = asked(upload(actor, rows), rating_column="rating")
        assert trained(actor, params)["version"] == 1

    def test_a_column_that_is_not_there(self, actor: Actor) -> None:
        with pytest.raises(ColumnUnknownError) as refusal:
            trained(actor, asked(upload(actor, taste()), item_column="film"))
        assert refusal.value.extra["field"] == "item_column"
        assert "user, item, rating" in refusal.value.remedy

    def test_ratings_that_are_text(self, actor: Actor) -> None:
        with pytest.raises(TrainingDataError, match="rating column 'comment'"):
            trained(actor, asked(upload(actor, taste()), rating_column="comment"))

    def test_a_parameter_out_of_range(self, actor: Actor) -> None:
        with pytest.raises(InvalidInputError):
            trained(actor, asked(upload(actor, taste()), params={"factors": 0}))

    def test_another_organisations_data(self, actor: Actor, stranger: Actor) -> None:
        with pytest.raises(datasets.DatasetNotFoundError):
            trained(stranger, asked(upload(actor, taste())))


class TestStopAndResume:
    def test_a_stopped_job_registers_nothing(self, actor: Actor) -> None:
        class Stopping(InPlaceContext):
            def should_stop(self) -> bool:
                return True

        told = Stopping(uuid.uuid4(), actor.organisation, actor, asked(upload(actor, taste())))
        with pytest.raises(TrainingStoppedError):
            train(told)  # type: ignore[arg-type]
        assert not registry.models(actor=actor).exists()

    def test_a_resumed_job_keeps_its_plan(self, actor: Actor) -> None:
        class Keeping(InPlaceContext):
            kept: bytes | None = None

            def save_checkpoint(self, state: bytes) -> None:
                self.kept = state

            def load_checkpoint(self) -> bytes | None:
                return self.kept

        params = asked(upload(actor, taste()))
        first = Keeping(uuid.uuid4(), actor.organisation, actor, params)
        second = Keeping(uuid.uuid4(), actor.organisation, actor, params)
        before = train(first)["metrics"]  # type: ignore[arg-type]
        second.kept = first.kept
        after = train(second)["metrics"]  # type: ignore[arg-type]
        assert "Resumed: the settings were already chosen." in second.lines
        assert before.pop("fit_s") > 0 < after.pop("fit_s")
        assert before == after


class TestPredictions:
    def test_the_item_left_out_comes_first(self, films: Any) -> None:
        answer = ask(films, "recommend", user=["u000", "u003"], k=[1])
        assert [ids(row) for row in answer["items"]] == [["i00"], ["i07"]]
        assert answer["titles"][0][0] == b"Film No 0"
        assert answer["known"].tolist() == [True, True]
        assert answer["scores"].dtype == np.float32

    def test_asking_for_more_than_there_is_pads(self, films: Any) -> None:
        answer = ask(films, "recommend", user=["u000"], k=[50])
        assert answer["items"].shape == answer["scores"].shape == (1, 50)
        assert len(ids(answer["items"][0])) == 7  # 12 less the 5 seen
        assert np.isnan(answer["scores"][0, 7:]).all()

    def test_seen_items_come_back_when_asked(self, films: Any) -> None:
        answer = ask(films, "recommend", user=["u000"], k=[12], exclude_seen=[False])
        assert len(ids(answer["items"][0])) == 12

    def test_a_stranger_gets_what_is_popular(self, films: Any) -> None:
        answer = ask(films, "recommend", user=["nobody"], k=[12])
        assert answer["known"].tolist() == [False]
        assert (np.diff(answer["scores"][0]) <= 0).all()

    def test_a_stranger_with_a_history_gets_their_taste(self, films: Any) -> None:
        history = [json.dumps(["i01", "i03", "unheard of"])]
        answer = ask(films, "recommend", user=["nobody"], history=history, k=[4])
        assert answer["known"].tolist() == [True]
        assert all(int(item[1:]) % 2 for item in ids(answer["items"][0]))
        assert not {"i01", "i03"} & set(ids(answer["items"][0]))

    def test_a_known_users_new_event_counts_and_is_not_offered_again(self, films: Any) -> None:
        answer = ask(films, "recommend", user=["u000", "u001"], history=['["i00"]', "[]"], k=[3])
        assert "i00" not in ids(answer["items"][0])
        assert ids(answer["items"][1])[0] == "i03"

    def test_what_is_no_operation_or_no_history_is_refused(self, films: Any) -> None:
        with pytest.raises(PredictionInputError, match="operation"):
            films.predict({}, {"operation": {"a": 1}})
        with pytest.raises(PredictionInputError, match="JSON lists"):
            ask(films, "recommend", user=["u000"], history=["[" * 100_000])

    def test_scores_come_in_the_order_asked(self, films: Any) -> None:
        answer = ask(films, "score", user=["u000"], item=["i01", "none", "i00"])
        assert answer["scores"][2] > answer["scores"][0]
        assert np.isnan(answer["scores"][1])

    def test_similar_items_and_an_unknown_one(self, films: Any) -> None:
        answer = ask(films, "similar", item=["i02", "none"], k=[3])
        assert all(int(item[1:]) % 2 == 0 for item in ids(answer["items"][0]))
        assert ids(answer["items"][1]) == []
        assert answer["known"].tolist() == [True, False]

    def test_search_by_title_and_id(self, films: Any) -> None:
        by_title = ask(films, "search", prefix=["fILM no 1"], kind=["item"], k=[5])
        assert set(ids(by_title["ids"])) == {"i01", "i10", "i11"}
        assert set(ids(by_title["titles"])) == {"Film No 1", "Film No 10", "Film No 11"}
        assert (np.diff(by_title["counts"]) <= 0).all()
        users = ask(films, "search", prefix=["U00"], kind=["user"], k=[3])
        assert len(ids(users["ids"])) == len(users["counts"]) == 3
        assert ids(ask(films, "search", prefix=["zzz"], kind=["item"])["ids"]) == []
        assert len(ids(ask(films, "search", prefix=[""], kind=["user"])["ids"])) == 10

    def test_history_and_titles(self, films: Any) -> None:
        touched = ask(films, "history", user=["u000"], k=[50])
        assert set(ids(touched["items"])) == {"i02", "i04", "i06", "i08", "i10"}
        assert ids(ask(films, "history", user=["nobody"])["items"]) == []
        named = ask(films, "titles", item=["i05", "none"])
        assert named["titles"].tolist() == [b"Film No 5", b""]

    def test_titles_and_features_come_from_the_items_table(self, actor: Actor) -> None:
        rows = "".join(f"i{n:02},Film No {n},{n % 2}\n" for n in range(12))
        table = datasets.current_version(dataset=upload(actor, "film,label,era\n" + rows))
        side = {"dataset_version": str(table.pk), "id_column": "film", "title_column": "label"}
        told = context(actor, asked(upload(actor, taste()), items=side))
        train(told)  # type: ignore[arg-type]
        answer = ask(predictor(actor), "recommend", user=["u000"], k=[1])
        assert answer["titles"][0].tolist() == [b"Film No 0"]
        version = registry.get_version(actor=actor, model_name="films", number=1)
        assert str(table.pk) in version.dataset_versions
        assert "The items table describes 12 items by 1 numbers; left out: label." in told.lines

    def test_history_is_latest_first_where_times_are_known(self, actor: Actor) -> None:
        trained(actor, asked(upload(actor, taste()), time_column="time"))
        touched = ask(predictor(actor), "history", user=["u001"], k=[50])
        assert ids(touched["items"]) == ["i11", "i09", "i07", "i05", "i01"]

    @pytest.mark.parametrize(
        ("operation", "inputs"),
        [
            ("recommend", {}),
            ("recommend", {"user": ["u000"], "k": [0]}),
            ("recommend", {"user": ["u000"], "k": [10**9]}),
            ("recommend", {"user": ["u000"], "k": [1.5]}),
            ("recommend", {"user": ["u000"], "history": ["{}"]}),
            ("recommend", {"user": ["u000"], "history": ["["]}),
            ("recommend", {"user": ["u000"], "history": ["[]", "[]"]}),
            ("recommend", {"user": ["u"] * 1001}),
            ("score", {"user": ["u000"]}),
            ("score", {"user": ["u000", "u001"], "item": ["i00"]}),
            ("similar", {}),
            ("search", {"prefix": ["a"], "kind": ["planet"]}),
            ("explode", {"user": ["u000"]}),
        ],
    )
    def test_malformed_requests_are_refused(self, films: Any, operation: str, inputs: Any) -> None:
        with pytest.raises(PredictionInputError):
            ask(films, operation, **inputs)

    def test_text_that_is_not_utf8_is_refused(self, films: Any) -> None:
        odd = np.empty(1, dtype=object)
        odd[0] = b"\xff\xfe"
        with pytest.raises(PredictionInputError, match="UTF-8"):
            films.predict({"user": odd}, {"operation": "recommend"})
