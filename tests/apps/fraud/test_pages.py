"""Pages: what they show, what they refuse, and that another organisation sees nothing."""

from collections.abc import Callable

import pytest
from django.test import Client

from apps.fraud import selectors
from apps.fraud.models import Decision, Detector, Label
from platform_core.accounts.api import Actor, Role
from platform_core.jobs import api as jobs
from tests import factories
from tests.apps.fraud import desk
from tests.apps.fraud.conftest import event, payments, train_now
from tests.apps.recommendation.conftest import upload

ROOT = "/fraud/"
ABOUT_ONE = ["models/", "decisions/", "try/"]
TABS = ["", "train/", *ABOUT_ONE]
FEATURES = {"features": [{"name": "customer_mean_7d"}, {"name": "card_count_1d"}]}
pytestmark = pytest.mark.django_db


@pytest.fixture
def client(page_client: Callable[[Actor], Client], actor: Actor) -> Client:
    return page_client(actor)


@pytest.fixture
def decided(actor: Actor) -> Decision:
    """A decision of a detector that has features, but no model that answers."""
    return desk.decide(desk.detector(actor, name="cards", features=FEATURES), outcome="decline")


def html(client: Client, path: str, status: int = 200, **asked: str) -> str:
    page = client.get(ROOT + path, asked)
    assert page.status_code == status, page.content.decode()[-800:]
    return page.content.decode()


@pytest.mark.parametrize("path", TABS)
def test_every_tab_has_an_empty_state(client: Client, path: str):
    assert "/fraud/train/" in html(client, path)


@pytest.mark.parametrize("path", TABS)
def test_every_tab_shows_a_detector_in_training(client: Client, detector: Detector, path: str):
    html(client, path)


@pytest.mark.parametrize("path", [*ABOUT_ONE, ""])
def test_another_organisations_detector_is_not_found(
    page_client: Callable[[Actor], Client], stranger: Actor, detector: Detector, path: str
):
    html(page_client(stranger), path, status=404, detector=detector.name)


def test_columns_are_guessed_and_a_training_is_queued(client: Client, actor: Actor):
    dataset = upload(actor, payments(40))
    form = client.get(f"{ROOT}train/columns/", {"dataset": str(dataset.pk)}).context["form"]
    told = {name: form[name].value() for name in form.fields if name.endswith("_column")}
    assert told == {
        "time_column": "time",
        "amount_column": "amount",
        "label_column": "fraud",
        "id_column": "id",
        "customer_column": "customer",
    }
    assert form["entity_columns"].value() == ["terminal"]
    asked = {
        "name": "payments",
        "dataset": str(dataset.pk),
        **told,
        "entity_columns": ["terminal"],
        "label_delay_days": "2",
        "param_model": "logistic",
        "param_depth": "4",
    }
    answer = client.post(f"{ROOT}train/", asked)
    assert answer["Location"] == f"{ROOT}train/payments/"
    made = selectors.get_detector(actor=actor, name="payments")
    assert (made.entities, made.label_delay_days) == (["customer", "terminal"], 2.0)
    assert (made.params["model"], made.params["depth"]) == ("logistic", 4)
    assert "Queued" in html(client, "train/payments/") or "skeleton" in html(
        client, "train/payments/"
    )


def test_a_refused_training_keeps_what_was_typed(client: Client, actor: Actor):
    dataset = upload(actor, payments(40))
    asked = {
        "name": "Not A Name",
        "dataset": str(dataset.pk),
        "time_column": "time",
        "customer_column": "customer",
        "label_delay_days": "7",
    }
    answer = client.post(f"{ROOT}train/", asked)
    assert answer.status_code == 422
    assert "Not A Name" in answer.content.decode()
    assert answer.context["form"]["customer_column"].value() == "customer"
    assert answer.context["form"].errors["name"]


def test_a_decision_is_found_by_either_id_and_explained(client: Client, decided: Decision):
    for text in (decided.event_id, str(decided.pk)):
        assert client.get(f"{ROOT}decisions/", {"q": text})["Location"].endswith(f"{decided.pk}/")
    assert "No decision has the id" in html(client, "decisions/", q="nothing")
    address = f"decisions/{decided.pk}/"
    assert address in html(client, "decisions/", outcome="decline")
    assert address not in html(client, "decisions/", outcome="approve")
    told = html(client, f"decisions/{decided.pk}/")
    assert "Decline" in told
    assert "card count 1d" in told
    assert "usually 2" in told
    assert "contributions" in told
    assert "alice@example.org" not in told
    assert "4000001234567899" not in told


def test_decisions_are_paged_by_time(client: Client, decided: Decision, monkeypatch):
    from apps.fraud.views import decisions  # noqa: PLC0415

    monkeypatch.setattr(decisions, "LISTED", 2)
    more = [desk.decide(decided.detector, outcome="approve") for _ in range(3)]
    first = client.get(f"{ROOT}decisions/").context
    second = client.get(f"{ROOT}decisions/{first['older']}").context
    shown = [row[0].event_id for page in (first, second) for row in page["rows"]]
    assert shown == [each.event_id for each in [*reversed(more), decided]]
    assert second["older"] == ""


def test_another_organisation_sees_no_decision(
    page_client: Callable[[Actor], Client], stranger: Actor, decided: Decision
):
    other = page_client(stranger)
    html(other, f"decisions/{decided.pk}/", status=404)
    assert other.post(f"{ROOT}decisions/{decided.pk}/replay/").status_code == 404
    html(other, "live/cards/", status=404)


def test_a_viewer_sees_the_board_without_decisions(
    page_client: Callable[[Actor], Client], actor: Actor, trained: Detector
):
    viewer = page_client(factories.actor(actor.organisation, Role.VIEWER))
    desk.decide(trained, outcome="approve")
    page = html(viewer, "")
    assert "Approval rate" in page
    assert 'aria-labelledby="stream"' not in page
    html(viewer, "decisions/", status=403)


def test_the_board_counts_what_was_stopped_and_what_was_wrong(client: Client, actor: Actor):
    from apps.fraud.selectors import board  # noqa: PLC0415

    detector = desk.detector(actor, name="cards")
    for outcome, is_fraud in (
        ("decline", True),
        ("review", False),
        ("approve", True),
        ("approve", False),
    ):
        made = desk.decide(detector, outcome=outcome, amount=100.0)
        Label.objects.create(
            organisation=actor.organisation,
            detector=detector,
            event_id=made.event_id,
            is_fraud=is_fraud,
        )
    told = board.known(detector=detector)
    assert (told.saved, told.missed, told.held, told.held_genuine) == (100.0, 100.0, 2, 1)
    assert told.false_positives == 0.5
    since, until = desk.START, desk.START.replace(year=2027)
    counted = board.counted(detector=detector, since=since, until=until)
    assert (counted.count, counted.approval) == (4, 0.5)
    assert board.open_cases(detector=detector) == (1, 180.0)


def test_the_stream_stands_still_when_it_is_paused(client: Client, trained: Detector):
    made = desk.decide(trained, outcome="approve")
    fragment = html(client, f"live/{trained.name}/")
    assert made.event_id in fragment
    assert "every 3s" in fragment
    assert "<html" not in fragment
    assert "every 3s" not in html(client, "", paused="1")


def test_a_payment_is_tried_replayed_and_leaves_no_trace(client: Client, warm: Detector):
    """One runtime start for all that asks a model."""
    from apps.fraud.engine.live import scoring  # noqa: PLC0415

    form = client.get(f"{ROOT}try/").context["form"]
    assert list(form.fields)[:3] == ["column_id", "column_time", "column_amount"]
    asked = {f"column_{name}": value for name, value in event(1, amount=900.0).items()}
    answer = client.post(f"{ROOT}try/?detector={warm.name}", asked)
    told = answer.context["answer"]
    assert 0 <= told["score"] <= 1
    assert told["reasons"]
    assert Decision.objects.count() == 0
    wrong = client.post(f"{ROOT}try/?detector={warm.name}", {**asked, "column_time": "long ago"})
    assert wrong.status_code == 422
    assert "column_time" in wrong.context["form"].errors
    owner = factories.actor(warm.organisation)
    scoring.score(actor=owner, name=warm.name, events=[event(2, amount=900.0)])
    made = Decision.objects.get()
    again = client.post(
        f"{ROOT}decisions/{made.pk}/replay/", headers={"HX-Request": "true"}
    ).content.decode()
    assert "The same decision" in again
    assert "<html" not in again
    whole = client.post(f"{ROOT}decisions/{made.pk}/replay/").content.decode()
    assert "<html" in whole


def test_versions_are_compared_promoted_and_rolled_back(
    client: Client, actor: Actor, trained: Detector
):
    name = trained.name
    assert client.post(f"{ROOT}models/{name}/retrain/")["Location"] == f"{ROOT}train/{name}/"
    again = selectors.get_detector(actor=actor, name=name)
    assert train_now(actor, again).state == jobs.JobState.SUCCEEDED
    page = client.get(f"{ROOT}models/", {"compare": ["1", "2"]})
    assert page.context["comparison"]["columns"] == ["Version 2", "Version 1"]
    client.post(f"{ROOT}models/{name}/promote/", {"version": "2"})
    assert selectors.get_detector(actor=actor, name=name).serving_version == 2
    client.post(f"{ROOT}models/{name}/roll-back/")
    assert selectors.get_detector(actor=actor, name=name).serving_version == 1
    assert client.post(f"{ROOT}models/{name}/delete/", {"confirm_name": "x"}).status_code == 400
    client.post(f"{ROOT}models/{name}/delete/", {"confirm_name": name})
    assert not Detector.objects.exists()
    assert f"/{name}/" not in html(client, "")
