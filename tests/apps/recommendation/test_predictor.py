"""The loaded predictor, without a database: filters, rules, reasons, items and people told since."""

import json
from typing import Any

import numpy as np
import pytest

from apps.recommendation.engine import load_predictor, packing
from ml.recommendation import attributes, data
from ml.recommendation.als import Als, AlsParams
from ml.recommendation.attributes import Attributes, Numbers
from ml.recommendation.contract import Recommender
from ml.recommendation.popularity import Popularity
from ml.runtime.predictor import PredictionInputError, bytes_array
from tests.apps.recommendation.conftest import taste

KINDS = ["even", "odd"]


def catalogue_and_model(model: Recommender) -> tuple[packing.Catalogue, Recommender]:
    """Even users like even items; users are described by a taste, items by a kind and a year."""
    lines = [line.split(",") for line in taste().splitlines()[1:]]
    users, items = (sorted({line[column] for line in lines}) for column in (0, 1))
    known = data.build(
        np.array([users.index(line[0]) for line in lines]),
        np.array([items.index(line[1]) for line in lines]),
    )
    model.fit(known)
    of_items = {
        "kind": attributes.texts([KINDS[int(item[1:]) % 2] for item in items]),
        "year": Numbers("number", np.array([1990.0 + int(item[1:]) for item in items])),
    }
    of_users = {"likes": attributes.texts([KINDS[int(user[1:]) % 2] for user in users])}
    made = packing.Catalogue(
        users,
        items,
        [f"Film No {int(item[1:])}" for item in items],
        model.history(known),
        Attributes(len(items), of_items),
        Attributes(len(users), of_users),
        new_items={"i98": {"kind": "even", "year": 1998.0}},
        new_users={"u901": {"likes": "odd"}},
    )
    return made, model


@pytest.fixture
def films() -> Any:
    made, model = catalogue_and_model(Als(AlsParams(factors=8)))
    return load_predictor(packing.pack(model, made, {}))


def ask(loaded: Any, operation: str = "recommend", **inputs: Any) -> dict[str, Any]:
    tensors: dict[str, Any] = {}
    for name, value in inputs.items():
        listed = value if isinstance(value, list) else [value]
        texts = [v if isinstance(v, str) else json.dumps(v) for v in listed]
        plain = isinstance(listed[0], int | float | bool)
        tensors[name] = np.array(listed) if plain else bytes_array(texts)
    return loaded.predict(tensors, {"operation": operation})


def items(answer: dict[str, Any], row: int = 0) -> list[str]:
    return [item.decode() for item in answer["items"][row] if item]


def live(sequence: int, since: int, *told: dict[str, Any]) -> list[str]:
    rows = [{"sequence": since + 1 + place, **row} for place, row in enumerate(told)]
    message = {"sequence": sequence, "since": since, "until": sequence, "items": rows}
    return [json.dumps(message)]


def test_a_filter_leaves_exactly_what_meets_it(films: Any):
    found = items(ask(films, user="u000", k=12, filter={"kind": "odd", "year": {"gte": 1995}}))
    assert sorted(found) == ["i05", "i07", "i09", "i11"]


def test_a_filter_names_what_is_wrong_and_what_there_is(films: Any):
    with pytest.raises(PredictionInputError, match=r"“colour”.*kind \(text\), year \(number\)"):
        ask(films, user="u000", filter={"colour": "red"})
    with pytest.raises(PredictionInputError, match="not JSON"):
        ask(films, user="u000", filter="{kind")


def test_include_and_exclude(films: Any):
    found = ask(films, user="u000", include=[["i01", "i03", "ghost"]], exclude=[["i03", "ghost"]])
    assert items(found) == ["i01"]


def test_rules_are_followed_and_the_number_stays(films: Any):
    rules = [
        {"action": "pin", "items": ["i11"], "position": 2},
        {"action": "bury", "filter": {"year": {"lt": 1994}}},
        {"action": "cap", "attribute": "kind", "limit": 3},
        {"action": "hide", "items": ["i01"]},
        {"action": "boost", "filter": {"kind": "odd"}, "strength": 9},
    ]
    found = items(ask(films, user="nobody", k=6, rules=[rules]))
    assert found[1] == "i11"
    assert "i01" not in found
    assert len(found) == 6
    assert sorted(int(item[1:]) % 2 for item in found) == [0, 0, 0, 1, 1, 1]


def test_a_standing_rule_about_a_lost_attribute_rests_and_says_so(films: Any):
    standing = [{"action": "bury", "filter": {"stock": 0}, "name": "sold out"}]
    answer = ask(films, user="u000", k=3, standing_rules=[standing])
    assert len(items(answer)) == 3
    assert "“sold out” rests" in json.loads(answer["notes"][0])[0]
    with pytest.raises(PredictionInputError, match="stock"):
        ask(films, user="u000", rules=[standing])


def test_reasons_name_what_was_liked(films: Any):
    answer = ask(films, user="newcomer", history=[["i02", "i04"]], k=2, explain=True)
    for reason in json.loads(answer["reasons"][0]):
        assert reason["because"] == "history"
        assert {each["item"] for each in reason["items"]} <= {"i02", "i04"}
        assert reason["items"][0]["title"].startswith("Film No")
        assert 0 < sum(each["share"] for each in reason["items"]) <= 1.001
    popular = ask(films, user="nobody", k=2, explain=True)
    assert {each["because"] for each in json.loads(popular["reasons"][0])} == {"popular"}


def test_diversity_mixes_the_two_kinds(films: Any):
    plain = items(ask(films, user="u000", k=4, exclude_seen=False))
    mixed = items(ask(films, user="u000", k=4, exclude_seen=False, diversity=0.8))
    assert {int(item[1:]) % 2 for item in plain} == {0}
    assert {int(item[1:]) % 2 for item in mixed} == {0, 1}


def test_a_new_person_is_served_like_alike_people(films: Any):
    answer = ask(films, user="stranger", k=4, attributes=[{"likes": "odd"}], explain=True)
    assert answer["known"].tolist() == [True]
    assert {int(item[1:]) % 2 for item in items(answer)} == {1}
    assert json.loads(answer["reasons"][0])[0]["because"] == "alike_people"
    trained = ask(films, user="u901", k=4)  # only the users table knows them
    assert {int(item[1:]) % 2 for item in items(trained)} == {1}


def test_an_item_of_the_table_that_nobody_touched_can_be_recommended(films: Any):
    assert "i98" in items(ask(films, user="u000", k=3))
    even, odd = (
        ask(films, "score", user=user, item="i98")["scores"][0] for user in ("u000", "u001")
    )
    assert even > 2 * odd
    assert set(items(ask(films, user="u001", filter={"year": 1998}))) == {"i98", "i08"}


def test_a_question_is_not_answered_before_the_runtime_knows_what_was_told(films: Any):
    behind = ask(films, user="u001", live=[{"sequence": 3}])
    assert behind["live_sequence"].tolist() == [0]
    assert "items" not in behind
    told = {"item": "fresh", "attributes": {"kind": "odd", "year": 2030, "title": "Brand new"}}
    answer = ask(films, user="u001", k=12, live=live(3, 0, told))
    assert "fresh" in items(answer)[:3]
    assert b"Brand new" in answer["titles"]
    assert items(ask(films, user="u001", filter={"year": 2030}, live=[{"sequence": 3}])) == [
        "fresh"
    ]
    late = ask(films, user="u001", live=live(9, 5))  # begins beyond what is known here
    assert late["live_sequence"].tolist() == [3]


def test_a_long_telling_is_taken_in_parts(films: Any, monkeypatch):
    monkeypatch.setattr("apps.recommendation.engine.predictor.live.TAKE_S", -1.0)
    rows = [{"item": f"n{number}", "attributes": {"kind": "odd"}} for number in range(3)]
    reached = 0
    for _ in rows[:-1]:
        answer = ask(films, user="u001", live=live(3, reached, *rows[reached:]))
        assert answer["live_sequence"].tolist() == [reached + 1]
        reached += 1
    found = items(ask(films, user="u001", k=20, live=live(3, reached, *rows[reached:])))
    assert {"n0", "n1", "n2"} <= set(found)


def test_a_new_item_goes_to_those_like_the_people_who_touched_it(films: Any):
    touchers = [["u001", []], ["u003", []], ["visitor", ["i05", "i07"]]]
    told = {"item": "fresh", "touchers": touchers, "touches": 3}
    ask(films, user="u001", live=live(1, 0, told))
    for user, expected in (("u005", True), ("u004", False)):
        assert ("fresh" in items(ask(films, user=user, k=3))) is expected
    seen = ask(films, user="u005", history=[["fresh"]], k=12)
    assert "fresh" not in items(seen)
    alike = items(ask(films, "similar", item="fresh", k=3))
    assert {int(item[1:]) % 2 for item in alike} == {1}
    scores = ask(films, "score", user="u005", item=["fresh", "i02", "ghost"])["scores"]
    assert scores[0] > scores[1]
    assert np.isnan(scores[2])


def test_what_is_told_of_a_known_item_changes_only_what_is_named(films: Any):
    ask(films, user="u001", live=live(1, 0, {"item": "i05", "attributes": {"year": 2040}}))
    assert items(ask(films, user="u000", filter={"year": 2040, "kind": "odd"})) == ["i05"]
    cap = [{"action": "cap", "attribute": "kind", "limit": 1, "strict": True}]
    assert len(items(ask(films, user="nobody", k=5, rules=[cap]))) == 2
    ask(films, user="u001", live=live(2, 1, {"item": "i05", "deleted": True}))
    assert items(ask(films, user="u000", filter={"year": 2040})) == []
    assert items(ask(films, user="u000", filter={"year": 1995})) == ["i05"]


def test_a_deleted_new_item_is_answered_no_more(films: Any):
    ask(films, user="u001", live=live(1, 0, {"item": "fresh", "attributes": {"kind": "odd"}}))
    ask(films, user="u001", live=live(2, 1, {"item": "fresh", "deleted": True}))
    assert "fresh" not in items(ask(films, user="u001", k=20))


def test_events_that_the_training_data_holds_already_change_nothing(films: Any):
    """After a retraining on data with the events, they are not counted a second time."""
    plain = ask(films, user="u002", k=12, exclude_seen=False)
    told = ask(films, "history", user="u002")["items"]
    touched = [item.decode() for item in told]
    again = ask(films, user="u002", k=12, exclude_seen=False, history=[touched])
    assert items(plain) == items(again)
    assert plain["scores"].tolist() == again["scores"].tolist()


def test_models_without_vectors_keep_the_same_promises():
    made, model = catalogue_and_model(Popularity())
    loaded = load_predictor(packing.pack(model, made, {}))
    ask(loaded, user="u001", live=live(1, 0, {"item": "fresh", "attributes": {"kind": "odd"}}))
    cap = [{"action": "cap", "attribute": "kind", "limit": 2}]
    answer = ask(loaded, user="u000", k=4, rules=[cap], diversity=0.5, explain=True)
    assert sorted(int(item[1:]) % 2 for item in items(answer) if item != "fresh")[:2] == [0, 0]
    assert len(items(answer)) == 4
    assert {each["because"] for each in json.loads(answer["reasons"][0])} == {"popular"}


def test_it_tells_what_can_be_asked_for(films: Any):
    listed = json.loads(ask(films, "attributes")["attributes"][0])
    assert listed == [
        {"name": "kind", "kind": "text", "values": ["even", "odd"], "distinct": 2},
        {"name": "year", "kind": "number", "least": 1990.0, "most": 2001.0},
    ]


@pytest.mark.parametrize(
    ("inputs", "words"),
    [
        ({"diversity": 1.5}, "from 0 to 1"),
        ({"rules": "{}"}, "JSON list of at most"),
        ({"rules": [[{"action": "cap", "attribute": "year"}]]}, "“year” holds numbers"),
        ({"include": "i01"}, "JSON lists of at most"),
        ({"attributes": "[1]"}, "JSON objects"),
        ({"live": "soon"}, "'live'"),
        ({"live": '{"sequence": 3, "since": 0}'}, "'live'"),
    ],
)
def test_malformed_inputs_are_refused_in_words(films: Any, inputs: dict[str, Any], words: str):
    with pytest.raises(PredictionInputError, match=words):
        ask(films, user="u000", **inputs)
