"""Evaluations and experiments as people and programs meet them: pages and REST."""

from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone
from rest_framework.test import APIClient

from apps.recommendation import selectors, services
from apps.recommendation.engine import evaluate
from apps.recommendation.models import Experiment, Recommender
from apps.recommendation.services import experiments, impressions
from platform_core.accounts.api import Actor, Role
from platform_core.jobs import api as jobs
from tests.apps.recommendation.conftest import run_job, train_now

PAGES = "/recommendation"
REST = "/api/v1/recommendation/recommenders"


@pytest.fixture(autouse=True)
def written_when_told(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Let no other thread write impressions: it would not see this test's transaction."""
    monkeypatch.setattr(impressions, "DELAY_S", 3600)
    yield
    if impressions.WAITING.timer:
        impressions.WAITING.timer.cancel()
        impressions.WAITING.timer = None


@pytest.fixture
def client(page_client: Callable[[Actor], Client], actor: Actor) -> Client:
    return page_client(actor)


@pytest.fixture
def program(rest_client: Callable[..., APIClient], actor: Actor) -> APIClient:
    return rest_client(actor)


def finish(actor: Actor) -> None:
    """Run the queued evaluations here."""
    for job in jobs.jobs(actor=actor).filter(kind="recommendation.evaluate", state="queued"):
        run_job(actor, job, evaluate)


def test_an_evaluation_from_the_form_to_its_plots(
    client: Client, actor: Actor, trained: Recommender
):
    name = trained.name
    assert "No evaluation yet" in client.get(f"{PAGES}/segments/").content.decode()
    form = client.get(f"{PAGES}/evaluate/{name}/")
    assert 'value="1"' in form.content.decode()
    assert "newest" not in form.content.decode()  # it has no times
    wrong = client.post(f"{PAGES}/evaluate/{name}/", {"versions": ["1"], "ks": "5, many"})
    assert wrong.status_code == 422
    assert "ks" in wrong.context["form"].errors
    wrong = client.post(
        f"{PAGES}/evaluate/{name}/", {"versions": ["1"], "ks": "5", "fraction": "0.9"}
    )
    assert "fraction" in wrong.context["form"].errors
    sent = client.post(
        f"{PAGES}/evaluate/{name}/", {"versions": ["1"], "ks": "3, 5, 10", "protocol": "fraction"}
    )
    assert sent.status_code == 302
    waiting = client.get(sent["Location"]).content.decode()
    assert "/card/" in waiting
    finish(actor)
    shown = client.get(sent["Location"], {"figure": "recall"})
    page = shown.content.decode()
    assert {"at-k", "differences", "bands", "places"} <= {
        each.key for each in shown.context["charts"]
    }
    assert "Recall by the length" in page
    assert "learned from everything" in page
    assert "Version 1" in client.get(f"{PAGES}/evaluate/").content.decode()
    segments = client.get(f"{PAGES}/segments/")
    assert segments.status_code == 200


def test_an_evaluation_over_rest(
    program: APIClient, actor: Actor, stranger: Actor, rest_client, trained: Recommender
):
    root = f"{REST}/{trained.name}/evaluations/"
    made = program.post(root, {"versions": [1], "ks": [5]}, format="json")
    assert made.status_code == 202
    assert made.json()["state"] == "queued"
    finish(actor)
    one = program.get(f"{root}{made.json()['id']}/").json()
    assert one["state"] == "succeeded"
    assert one["result"]["versions"][1]["figures"]["ndcg@5"][0] >= 0
    assert [each["id"] for each in program.get(root).json()["results"]] == [one["id"]]
    assert program.post(root, {"version": 1}, format="json").status_code == 400
    assert program.post(root, {"versions": [9]}, format="json").status_code == 404
    assert rest_client(stranger).get(f"{root}{one['id']}/").status_code == 404
    refused = program.post(root, {"protocol": "time"}, format="json").json()
    assert "time column" in refused["detail"]


def test_a_failed_evaluation_says_why(client: Client, actor: Actor, trained: Recommender):
    url = f"{PAGES}/evaluate/{trained.name}/"
    sent = client.post(url, {"versions": ["1"], "ks": "5", "protocol": "unseen"})
    finish(actor)
    assert "nothing is left to ask" in client.get(sent["Location"]).content.decode()


def test_an_experiment_from_set_up_to_promotion(client: Client, actor: Actor, trained: Recommender):
    name = trained.name
    assert "No experiment yet" in client.get(f"{PAGES}/experiments/").content.decode()
    services.retrain(actor=actor, name=name, changes={"factors": 2})
    train_now(actor, selectors.get_recommender(actor=actor, name=name))
    assert "version 2" in client.get(f"{PAGES}/experiments/{name}/").content.decode()
    form = {"name": "first", "alias_a": "champion", "alias_b": "champion", "percent_b": "50"}
    form |= {"kinds": "purchase, click", "window_hours": "24", "days": "14"}
    wrong = client.post(f"{PAGES}/experiments/{name}/", form)
    assert (wrong.status_code, "alias_b" in wrong.context["form"].errors) == (422, True)
    sent = client.post(f"{PAGES}/experiments/{name}/", form | {"alias_b": "challenger"})
    url = sent["Location"]
    assert "not started" in client.get(url).content.decode()
    assert client.post(f"{url}start/").status_code == 302
    running = client.get(url).content.decode()
    assert "Too early" in running
    assert Experiment.objects.get().kinds == ["purchase", "click"]
    assert client.post(f"{url}end/", {"promote": "b"}).status_code == 302
    assert "B was promoted" in client.get(url).content.decode()
    assert selectors.get_recommender(actor=actor, name=name).serving_version == 2


def test_every_verdict_has_words(client: Client, actor: Actor, trained: Recommender):
    now = timezone.now()
    made = Experiment.objects.create(
        organisation=actor.organisation,
        recommender=trained,
        name="done",
        state="ended",
        salt="s",
        started_at=now - timedelta(days=30),
        planned_end=now - timedelta(days=16),
        ended_at=now - timedelta(days=15),
        version_a=1,
        version_b=2,
    )
    side = {"users": 200, "converted": 20, "rate": 0.1, "interval": [0.07, 0.15]}
    side |= {"impressions": 300, "outcomes": 22, "value": 0.0, "value_per_user": 0.0}
    for verdict in ("broken", "few", "wait", "equal", "a", "b"):
        made.result = {
            "a": side,
            "b": side,
            "difference": [0.0, -0.05, 0.05],
            "always_valid": [-0.1, 0.1],
            "split_p_value": 1.0,
            "is_complete": verdict == "equal",
            "verdict": verdict,
            "cautions": ["behind", "full", "moved"],
        }
        made.save()
        page = client.get(f"{PAGES}/experiments/{trained.name}/{made.pk}/")
        assert page.status_code == 200
        assert len(page.context["cautions"]) == 3


def test_an_experiment_over_rest(program: APIClient, actor: Actor, trained: Recommender):
    root = f"{REST}/{trained.name}/experiments/"
    made = program.post(root, {"name": "first", "share_b": 0.2}, format="json")
    assert made.status_code == 201
    assert program.post(root, {"name": "x", "share_b": 2}, format="json").status_code == 400
    url = f"{root}{made.json()['id']}/"
    assert program.post(f"{url}start/").status_code == 404  # there is no challenger
    Experiment.objects.update(
        state="running",
        started_at=timezone.now(),
        settled_at=timezone.now(),
        version_a=1,
        version_b=2,
    )
    experiments._running.clear()
    assigned = experiments.assign(trained, "u001")
    assert assigned is not None
    shown = experiments.record(assigned, ["i01"])
    told = {"recommendation_id": shown, "item": "i01", "value": 3, "outcome_id": "o1"}
    outcomes = f"{REST}/{trained.name}/outcomes"
    assert program.post(outcomes, told, format="json").json() == {"recorded": True}
    assert program.post(outcomes, told, format="json").json() == {"recorded": False}
    assert program.post(outcomes, {"recommendation_id": "x"}, format="json").status_code == 404
    result = program.get(url).json()["result"]
    assert result[assigned.variant]["converted"] == 1
    assert result["verdict"] == "few"
    assert program.post(f"{url}end/", {"promote": "c"}, format="json").status_code == 400
    assert program.post(f"{url}end/").json()["state"] == "ended"
    assert [each["name"] for each in program.get(root).json()["results"]] == ["first"]


def test_a_viewer_reads_but_changes_nothing(page_client, member, trained: Recommender):
    viewer = page_client(member(Role.VIEWER))
    for path in ("evaluate/", "segments/", "experiments/"):
        assert viewer.get(f"{PAGES}/{path}").status_code == 200
    for path in (f"evaluate/{trained.name}/", f"experiments/{trained.name}/"):
        assert viewer.get(f"{PAGES}/{path}").status_code == 403
        assert viewer.post(f"{PAGES}/{path}").status_code == 403
