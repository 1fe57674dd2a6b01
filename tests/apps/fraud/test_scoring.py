"""Decisions about events: the model's, the fallback's, repeated, rehearsed, labelled and replayed."""

import threading
from typing import Any

import pytest
from django.db import connections

from apps.fraud import errors, selectors
from apps.fraud.engine import rebuilding, warming
from apps.fraud.engine.live import knowing, labelling, replaying, scoring
from apps.fraud.models import Decision, Detector, EntityState, Label
from apps.fraud.services import recording, states
from apps.fraud.services.states import NEW, DatabaseStates, Place
from platform_core.accounts.api import Actor
from tests.apps.fraud.conftest import STRANGE, event

pytestmark = pytest.mark.django_db(transaction=True)


def score(actor: Actor, detector: Detector, *events: dict[str, Any], **options: Any) -> list[dict]:
    return scoring.score(actor=actor, name=detector.name, events=events, **options)


def stored(detector: Detector) -> dict[str, bytes]:
    detector.refresh_from_db()
    return warming.computed(knowing.of(detector))


def test_a_model_that_answers_decides_and_is_replayed(actor: Actor, warm: Detector, rest_client):
    """One runtime start for all that needs a model."""
    usual, strange = score(actor, warm, event(1), event(2, STRANGE * 1.2))
    assert usual["decision"] == "approve"
    assert strange["score"] > 0.5 > 0.2 > usual["score"]
    assert strange["decision"] in {"challenge", "review", "decline"}
    assert not strange["fallback"]
    assert strange["version"] == "1"
    assert strange["reasons"][0]["feature"] in {"amount", "ratio_30d"}
    assert strange["features"]["amount"] == pytest.approx(STRANGE * 1.2)

    again = replaying.replay(actor=actor, decision_id=strange["id"])
    assert again["same"]
    assert again["now"]["score"] == pytest.approx(strange["score"], abs=1e-6)
    Decision.objects.filter(pk=strange["id"]).update(outcome="approve")
    assert replaying.replay(actor=actor, decision_id=strange["id"])["differs"] == ["decision"]

    client = rest_client(actor)
    base = f"/api/v1/fraud/detectors/{warm.name}/score"
    fast = client.post(base, event(3, STRANGE), format="json")
    slow = client.post(base, event(3, STRANGE), format="json", headers={"Idempotency-Key": "k1"})
    assert (fast.status_code, slow.status_code) == (200, 200)
    assert fast.json() == slow.json()
    listed = client.post(base, [event(4), event(5)], format="json").json()["results"]
    assert [each["event_id"] for each in listed] == ["e4", "e5"]


def test_without_a_model_the_fallback_decides_and_says_so(actor: Actor, trained: Detector):
    told = score(actor, trained, event(1))[0]
    assert (told["fallback"], told["score"], told["decision"]) == (True, None, "review")
    assert told["decided_by"] == "fallback"
    assert Decision.objects.get(pk=told["id"]).is_fallback


def test_the_same_event_is_decided_once(actor: Actor, trained: Detector):
    first = score(actor, trained, event(1))[0]
    moved = stored(trained)
    again = score(actor, trained, event(1, amount=9_999.0))[0]
    assert again == first
    assert Decision.objects.count() == 1
    assert stored(trained) == moved


def test_a_dry_run_stores_nothing(actor: Actor, trained: Detector):
    before = stored(trained)
    told = score(actor, trained, event(1), dry_run=True)[0]
    assert (told["id"], told["dry_run"]) == (None, True)
    assert not Decision.objects.exists()
    assert stored(trained) == before


def test_events_change_what_is_known_of_their_entities(actor: Actor, trained: Detector):
    counts = [each["features"]["count_1d"] for each in score(actor, trained, *map(event, range(3)))]
    assert counts == [1.0, 2.0, 3.0]
    other = score(actor, trained, event(3, customer="somebody new"))[0]
    assert other["features"]["count_1d"] == 1.0
    assert other["features"]["ratio_30d"] is None


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"id": ""}, "id"),
        ({"id": "x" * 201}, "id"),
        ({"time": "yesterday"}, "time"),
        ({"amount": "much"}, "amount"),
        ({"customer": {"nested": 1}}, "customer"),
        ({"note": "\0"}, "note"),
        ({"fraud": 1}, "fraud"),
        ({"card": 2**70}, "card"),
    ],
)
def test_an_event_that_cannot_be_read_is_refused_by_column(
    actor: Actor, trained: Detector, changes, field
):
    with pytest.raises(errors.EventInvalidError) as refused:
        score(actor, trained, event(1), event(2, **changes))
    assert refused.value.extra["field"] == field
    assert not Decision.objects.exists()  # none of the list was decided


def test_a_detector_in_training_says_so(actor: Actor, detector: Detector):
    with pytest.raises(errors.DetectorNotReadyError):
        score(actor, detector, event(1))


def test_another_organisation_cannot_score_label_or_read(
    actor: Actor, stranger: Actor, trained: Detector, rest_client
):
    made = score(actor, trained, event(1))[0]
    with pytest.raises(errors.DetectorNotFoundError):
        score(stranger, trained, event(2))
    with pytest.raises(errors.DetectorNotFoundError):
        labelling.record_labels(
            actor=stranger, name=trained.name, told=[labelling.Told("e1", is_fraud=True)]
        )
    for address in (f"/api/v1/fraud/decisions/{made['id']}/",):
        assert rest_client(stranger).get(address).status_code == 404
        assert rest_client(actor).get(address).json()["event"]["customer"] == "c1"
    again = rest_client(stranger).post(f"/api/v1/fraud/decisions/{made['id']}/replay")
    assert again.status_code == 404


def test_a_label_reaches_the_features_after_its_delay(actor: Actor, trained: Detector):
    score(actor, trained, event(1))
    told = [labelling.Told("e1", is_fraud=True), labelling.Told("never seen", is_fraud=True)]
    done = labelling.record_labels(actor=actor, name=trained.name, told=told)
    assert (done.recorded, done.unknown) == (2, 1)
    again = labelling.record_labels(actor=actor, name=trained.name, told=told)
    assert (again.recorded, again.unchanged) == (0, 2)
    early = score(actor, trained, event(2), dry_run=True)[0]["features"]["terminal_frauds"]
    late = score(actor, trained, event(60 * 24 * 3), dry_run=True)[0]["features"]["terminal_frauds"]
    assert late == early + 1
    assert Label.objects.get(event_id="e1").is_fraud


def test_a_rebuild_knows_decisions_and_labels(actor: Actor, trained: Detector):
    score(actor, trained, *(event(n, customer=f"c{n % 3}") for n in range(12)))
    labelling.record_labels(
        actor=actor, name=trained.name, told=[labelling.Told("e4", is_fraud=True)]
    )
    before = stored(trained)
    rebuilding.rebuild(trained)
    assert stored(trained) == before
    assert EntityState.objects.values("generation").distinct().count() == 1


def test_events_at_once_lose_nothing(actor: Actor, trained: Detector):
    """Eight threads, one customer, some events twice: each counts once, in the order of decision."""
    problems: list[BaseException] = []

    def work(numbers: list[int]) -> None:
        try:
            for number in numbers:
                score(actor, trained, event(number))
        except BaseException as error:  # noqa: BLE001  (told in the test's own thread)
            problems.append(error)
        finally:
            connections.close_all()

    lots = [[n for n in range(24) if n % 4 == part % 4] for part in range(8)]
    threads = [threading.Thread(target=work, args=(lot,)) for lot in lots]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not problems
    assert Decision.objects.count() == 24
    counts = [
        selectors.get_decision(actor=actor, decision_id=str(pk))
        for pk in Decision.objects.order_by("decided_at").values_list("pk", flat=True)
    ]
    assert len(counts) == 24
    before = stored(trained)
    rebuilding.rebuild(trained)
    assert stored(trained) == before


def test_a_swap_is_refused_when_anything_moved(trained: Detector):
    store, place = DatabaseStates(), Place(trained.pk, trained.generation)
    was = store.read(place, ["a", "b"])
    assert was == {"a": NEW, "b": NEW}
    assert store.swap(place, "e", was, {"a": b"1", "b": b"1"})
    assert not store.swap(place, "e", was, {"a": b"2"})
    now = store.read(place, ["a", "b"])
    assert {key: held.version for key, held in now.items()} == {"a": 1, "b": 1}
    old = Place(trained.pk, trained.generation - 1)
    assert not store.swap(old, "e", {"a": NEW}, {"a": b"3"})
    many = {f"k{n}": b"x" for n in range(400)}
    assert store.swap(place, "e", dict.fromkeys(many, NEW), many)
    assert states.NEW.version == 0
    assert issubclass(recording.MovedMeanwhileError, Exception)
