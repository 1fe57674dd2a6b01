"""The search: what it picks where the answer is known, what it never sees, when it ends."""

import json

import numpy as np
import pytest

from ml.common.progress import TrainingStoppedError
from ml.recommendation import auto, data, recipes
from ml.recommendation.auto import blending, searching, spaces
from ml.recommendation.auto.judge import Board, Judge
from ml.recommendation.auto.trying import Tried
from ml.recommendation.contract import SILENT
from ml.recommendation.data import NO_FEATURES
from ml.recommendation.ease import Ease, EaseParams
from ml.recommendation.errors import ModelStateError, SettingsError
from ml.recommendation.evaluate import ranking
from ml.recommendation.popularity import Popularity
from tests.ml.recommendation.conformance import Stops, checkerboard
from tests.ml.recommendation.test_holdout_and_evaluate import blocks

FEW = auto.Asked(budget_s=20.0, kinds=("popularity", "als", "ease"))


def noise(users: int = 300, items: int = 60) -> data.Interactions:
    """No tastes at all: only popularity can be learned."""
    rng = np.random.default_rng(1)
    item_N = np.minimum(rng.geometric(0.08, users * 6) - 1, items - 1)
    return data.build(np.repeat(np.arange(users), 6), item_N)


@pytest.fixture(scope="module")
def found() -> auto.Found:
    return auto.search(blocks(), NO_FEATURES, FEW)


def test_tastes_are_found_and_the_reason_told(found: auto.Found) -> None:
    assert found.kind in {"als", "ease", "blend"}
    scores = {each["model"]: each["score"] for each in found.trials if each["score"]}
    assert scores["popularity"] < 0.6 * max(scores.values())
    assert "NDCG@10" in found.why
    assert {"model", "words", "score", "seconds", "state"} == found.trials[0].keys()
    assert json.loads(json.dumps(found.settings)) == found.settings
    recipes.build(found.kind, found.settings).fit(checkerboard())


def test_the_same_seed_tries_the_same(found: auto.Found) -> None:
    again = auto.search(blocks(), NO_FEATURES, FEW)
    assert [each["words"] for each in again.trials] == [each["words"] for each in found.trials]
    assert (again.kind, again.settings) == (found.kind, found.settings)


def test_popularity_is_chosen_where_there_are_no_tastes() -> None:
    assert auto.search(noise(), NO_FEATURES, FEW).kind == "popularity"


def test_few_users_get_the_default_untried() -> None:
    found = auto.search(checkerboard())
    assert (found.kind, found.trials) == ("als", [])
    assert "too few" in found.why


def test_a_spent_budget_ends_the_search_after_one_trial_of_each_kind() -> None:
    asked = auto.Asked(budget_s=0.01, kinds=("popularity", "als", "ease"))
    found = auto.search(blocks(), NO_FEATURES, asked)
    tried = [each["model"] for each in found.trials if each["model"] != "blend"]
    assert tried == ["popularity", "als", "ease"]


def test_what_a_person_fixed_is_never_changed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(searching, "MOST_TRIALS", 6)
    asked = auto.Asked(fixed={"regularisation": 7.0, "factors": 8}, kinds=("popularity", "als"))
    found = auto.search(blocks(), NO_FEATURES, asked)
    words = [each["words"] for each in found.trials if each["model"] == "als"]
    assert all("8 factors, regularisation 7," in each for each in words)


def test_the_search_stops_when_asked() -> None:
    with pytest.raises(TrainingStoppedError):
        auto.search(blocks(), NO_FEATURES, FEW, Stops())


def test_what_is_judged_is_never_learned_from() -> None:
    judge = Judge(blocks(), 0)
    learned = set(zip(judge.train.users.tolist(), judge.train.items.tolist(), strict=True))
    rows, items = judge._wanted.nonzero()
    held_out = set(zip(judge.users_U[rows].tolist(), items.tolist(), strict=True))
    assert held_out
    assert not learned & held_out
    assert learned | held_out == set(
        zip(blocks().users.tolist(), blocks().items.tolist(), strict=True)
    )


def test_the_judge_agrees_with_the_full_evaluation() -> None:
    timed = blocks()
    timed = data.build(timed.users, timed.items, times_N=np.arange(len(timed), dtype=np.float64))
    judge = Judge(timed, 0)
    model = Ease().fit(judge.train)
    held_out = data.build(*judge._wanted.nonzero(), shape=(len(judge.users_U), timed.n_items))
    whole = ranking(model, judge.train, held_out)  # everybody has a latest item: rows are users
    assert judge.score(model) == pytest.approx(whole.ndcg_at_10, abs=1e-6)


def test_drawn_negatives_are_items_nobody_touched() -> None:
    judge = Judge(blocks(), 0, negatives=20)
    assert judge._drawn is not None
    touched_UI = blocks().seen()[judge.users_U].toarray() > 0
    for row, items in enumerate(judge._drawn):
        drawn = items[:-1][items[:-1] >= 0]
        assert not touched_UI[row, drawn].any()
        assert touched_UI[row, items[-1]]
        assert len(np.unique(drawn)) == len(drawn)
    assert judge.score(Ease().fit(judge.train)) > judge.score(Popularity().fit(judge.train))


def test_weights_are_those_that_help_and_useless_members_go() -> None:
    """Two halves of the truth: only the sum ranks it first; the third member is noise."""
    rng = np.random.default_rng(0)
    wanted_UC = np.zeros((400, 30), dtype=bool)
    wanted_UC[np.arange(400), rng.integers(0, 30, 400)] = True
    noises = rng.standard_normal((3, 400, 30)).astype(np.float32)
    scores = np.stack([wanted_UC * 1.5 + noises[0], wanted_UC * 1.5 + noises[1], noises[2]])
    board = Board(scores.astype(np.float32), wanted_UC, np.ones(400, dtype=np.int64))
    first, second, third = blending._weights(board, 3, 0)
    assert min(first, second) > 0.5
    assert third < 0.4
    assert board.ndcgs([1, 1, 0]).mean() > board.ndcgs([1, 0, 0]).mean() + 0.05


def test_a_blend_that_brings_nothing_is_not_better() -> None:
    judge = Judge(blocks(), 0)
    twin = Ease().fit(judge.train)
    members = [Tried("ease", {}, 1.0, twin), Tried("ease", {}, 1.0, twin)]
    mixed = blending.blend(members, judge, 0)
    assert mixed is None or not mixed.better


def test_kinds_follow_the_data() -> None:
    facts = spaces.Facts(50_000, 40_000, 10**6, ordered=False, rated=False, described=False)
    assert spaces.kinds(facts, 600) == ["popularity", "als", "graph_filter"]
    dense = spaces.Facts(6_000, 3_700, 10**6, ordered=True, rated=True, described=True)
    assert {"ease", "recency"} <= set(spaces.kinds(dense, 600))
    assert "graph_filter" not in spaces.kinds(dense, 600)
    assert {"sasrec", "two_tower"} <= set(spaces.kinds(dense, 600))
    assert "sasrec" not in spaces.kinds(dense, 30)
    assert len(spaces.starts("als", dense, FEW)) == 2


def test_unknown_settings_are_refused() -> None:
    with pytest.raises(ModelStateError, match="no settings"):
        recipes.build("ease", {"factors": 3})
    assert (
        recipes.complete("ease", {"dropout": 0.1})["regularisation"] == EaseParams().regularisation
    )


def test_a_trial_that_takes_too_long_is_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ml.recommendation.auto.trying.LEAST_S", 0.0)
    asked = auto.Asked(budget_s=1e-9, kinds=("popularity", "ease"))
    found = auto.search(blocks(), NO_FEATURES, asked, SILENT)
    assert [each["state"] for each in found.trials] == ["done", "too slow"]
    assert found.kind == "popularity"


def test_the_last_fit_takes_the_epochs_that_were_found() -> None:
    fitted = Ease()
    fitted.epochs_used = 7  # type: ignore[attr-defined]
    settings = {"epochs": 30, "validation": True}
    assert recipes.refitted("sasrec", settings, fitted) == {"epochs": 7, "validation": False}
    assert recipes.refitted("feature_mf", {"epochs": 9, "validation": 0.1}, fitted)["epochs"] == 7
    assert recipes.refitted("ease", {"dropout": 0.1}, Ease()) == {"dropout": 0.1}


def test_settings_that_exclude_each_other_are_refused_in_words() -> None:
    with pytest.raises(SettingsError, match="multiple of heads"):
        recipes.complete("sasrec", {"width": 33})


def test_every_kind_with_settings_has_words_and_starts() -> None:
    facts = spaces.Facts(100, 50, 1_000, ordered=True, rated=True, described=True)
    for kind in recipes.PARAMS:
        for settings in spaces.starts(kind, facts, FEW):
            assert spaces.words(kind, settings)
            assert spaces.for_the_last_fit(kind, settings)
        assert kind in spaces.NAMES
