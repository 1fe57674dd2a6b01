"""The search on functions whose best point is known."""

import pytest

from ml.tuning import searching, space
from ml.tuning.errors import TrialFailedError, TrialPrunedError
from ml.tuning.searching import Settings, search

SPACE = space.checked(
    {
        "x": {"type": "float", "low": -5, "high": 5},
        "n": {"type": "int", "low": 0, "high": 9},
        "kind": {"type": "categorical", "choices": ["good", "bad"]},
    }
)


def bowl(parameters, watch):
    """Lowest, 0, at x = 2, n = 3, good."""
    wrong = {"good": 0, "bad": 20}[parameters["kind"]]
    return (parameters["x"] - 2) ** 2 + (parameters["n"] - 3) ** 2 + wrong


def told(outcomes):
    return [(e.number, e.parameters, e.state, e.value, e.curve) for e in outcomes]


def run(objective=bowl, history=(), **settings):
    return search(SPACE, Settings(**{"trials": 30} | settings), objective, lambda _: None, history)


def test_tpe_finds_the_bottom_of_a_bowl():
    found = searching.best(run(trials=100), "minimize")
    assert found.value < 0.5
    assert found.parameters["kind"] == "good"
    assert found.parameters["n"] == 3
    assert found.parameters["x"] == pytest.approx(2, abs=0.7)


def test_the_largest_value_is_found_where_it_is_asked_for():
    outcomes = run(lambda p, w: -bowl(p, w), direction="maximize", trials=60)
    assert searching.best(outcomes, "maximize").value > -3


def test_the_same_seed_draws_the_same_trials():
    assert told(run()) == told(run())
    assert told(run(seed=1)) != told(run())


@pytest.mark.parametrize("pruner", ["none", "median", "hyperband"])
@pytest.mark.parametrize("sampler", ["tpe", "random"])
def test_a_search_that_goes_on_equals_one_that_was_never_cut(sampler, pruner):
    settings = {"sampler": sampler, "pruner": pruner, "epochs": 9, "trials": 24}
    whole = run(epochs, **settings)
    kept = []
    with pytest.raises(KeyboardInterrupt):
        search(SPACE, Settings(**settings), killed_at(13), kept.append)
    assert len(kept) == 13
    assert told(run(epochs, history=kept, **settings)) == told(whole)


def killed_at(number):
    def objective(parameters, watch):
        if watch.number == number:
            raise KeyboardInterrupt
        return epochs(parameters, watch)

    return objective


def epochs(parameters, watch):
    """Fall to the bowl's value in nine epochs; fail where n is 7."""
    if parameters["n"] == 7:
        raise TrialFailedError("seven")
    for left in range(8, -1, -1):
        if watch.report(bowl(parameters, watch) + left) and left:
            raise TrialPrunedError("worse")
    return watch.curve[-1]


@pytest.mark.parametrize("pruner", ["median", "hyperband"])
def test_bad_trials_are_pruned_and_failed_ones_do_not_end_the_search(pruner):
    outcomes = run(epochs, pruner=pruner, epochs=9, trials=40)
    states = {each.state for each in outcomes}
    assert states == {"complete", "pruned", "failed"}
    assert len(outcomes) == 40
    assert all(len(each.curve) < 9 for each in outcomes if each.state == "pruned")
    assert {each.reason for each in outcomes if each.state == "failed"} == {"seven"}


def test_no_trial_begins_once_the_time_is_spent():
    kept = [searching.Outcome(0, {"x": 0.0, "n": 1, "kind": "bad"}, "complete", 1.0, [], 10.0)]
    assert len(run(history=kept, budget_s=9)) == 1


def test_what_matters_weighs_most():
    outcomes = run(lambda p, w: p["x"] ** 2 + 0.001 * p["n"], trials=60, sampler="random")
    shares = searching.importance(SPACE, Settings(), outcomes)
    assert set(shares) == {"x", "n", "kind"}
    assert max(shares, key=shares.get) == "x"
    assert searching.importance(SPACE, Settings(), outcomes[:2]) == {}
