"""The main job with real processes, as a program does it: upload, train, ask, tell, ask again."""

import io
import time
from typing import Any
from urllib.parse import quote

import httpx
import pytest

from benchmarks.rest_quality import wait_for
from tests.live_platform import LivePlatform

pytestmark = [pytest.mark.live, pytest.mark.timeout(600)]
ROOT = "/api/v1/recommendation/recommenders/"
ENDED = {"succeeded", "failed", "cancelled"}
FAST = {"model": "als", "params": {"factors": 8, "epochs": 5}}


def taste(users: int = 40, items: int = 16) -> str:
    """Even people choose even things, odd people odd ones; ids with slashes and Chinese."""
    lines = ["用户,thing,stars"]
    for user in range(users):
        liked = [item for item in range(items) if item % 2 == user % 2]
        skipped = liked[user % len(liked)]
        lines += [f"人/{user},no {item},{1 + item % 5}" for item in liked if item != skipped]
    return "\n".join(lines) + "\n"


def upload(rest: httpx.Client, name: str, content: str | bytes) -> dict[str, Any]:
    raw = content.encode() if isinstance(content, str) else content
    files = {"files": ("table.csv", io.BytesIO(raw))}
    answer = rest.post("/api/v1/datasets/", data={"name": name}, files=files)
    assert answer.status_code == 202, answer.text
    return wait_for(rest, f"/api/v1/datasets/{answer.json()['id']}/", {"ready", "rejected"}, 60)


def create(rest: httpx.Client, name: str, dataset: str, **changes: Any) -> httpx.Response:
    body = {"name": name, "dataset": dataset, "user_column": "user", "item_column": "item"}
    return rest.post(ROOT, json={**body, **FAST, **changes})


def train(rest: httpx.Client, name: str, dataset: str, **changes: Any) -> dict[str, Any]:
    answer = create(rest, name, dataset, **changes)
    assert answer.status_code == 202, answer.text
    return wait_for(rest, f"/api/v1/jobs/{answer.json()['job']}/", ENDED, 120)


def ask(rest: httpx.Client, name: str, user: str, **query: Any) -> dict[str, Any]:
    """Ask for recommendations; a version just registered may still be warming up."""
    path = f"{ROOT}{name}/users/{quote(user, safe='')}/recommendations"
    for _ in range(40):
        answer = rest.get(path, params=query)
        if answer.status_code != httpx.codes.SERVICE_UNAVAILABLE:
            break
        time.sleep(0.25)
    return answer.raise_for_status().json()


@pytest.fixture(scope="module")
def things(live_platform: LivePlatform) -> str:
    """A recommender trained through the public doors; its name."""
    rest = live_platform.rest
    dataset = upload(rest, "choices of things", taste())
    assert dataset["state"] == "ready"
    job = train(rest, "things", dataset["id"], user_column="用户", item_column="thing")
    assert job["state"] == "succeeded", job
    return "things"


def test_it_recommends_what_the_data_says(live_platform: LivePlatform, things: str):
    answer = ask(live_platform.rest, things, "人/0", k=1)
    assert answer["known"] is True
    assert [each["item"] for each in answer["items"]] == ["no 0"]


def test_an_event_shows_in_the_next_answer_and_its_item_does_not(
    live_platform: LivePlatform, things: str
):
    before = ask(live_platform.rest, things, "newcomer", k=3)
    assert before["known"] is False
    event = {"user": "newcomer", "item": "no 3", "event_id": "first"}
    path = f"{ROOT}{things}/events"
    first = live_platform.rest.post(path, json=[event, event]).raise_for_status().json()
    assert first == {"recorded": 1, "duplicates": 1}
    after = ask(live_platform.rest, things, "newcomer", k=3)
    found = [each["item"] for each in after["items"]]
    assert after["known"] is True
    assert "no 3" not in found
    assert {int(item.split()[1]) % 2 for item in found} == {1}


def test_events_and_live_items_show_within_a_second_also_after_the_runtime_was_killed(
    live_platform: LivePlatform, things: str
):
    rest, root = live_platform.rest, f"{ROOT}{things}/"
    told = {"attributes": {"shelf": "front"}}
    assert rest.post(f"{root}items/{quote('brand new')}", json=told).status_code == 201
    events = [
        {"user": f"人/{user}", "item": "first seen", "event_id": f"seen-{user}"}
        for user in (1, 3, 5)
    ]
    began = time.monotonic()
    rest.post(f"{root}events", json=events).raise_for_status()
    found = [each["item"] for each in ask(rest, things, "人/7", k=3)["items"]]
    assert time.monotonic() - began < 1
    assert "first seen" in found
    only = {"k": 30, "filter": '{"shelf": "front"}'}
    assert [each["item"] for each in ask(rest, things, "人/7", **only)["items"]] == ["brand new"]
    (runtime,) = live_platform.processes("runtime")
    runtime.kill()
    runtime.wait(10)
    again = [each["item"] for each in ask(rest, things, "人/7", k=3)["items"]]
    assert again == found
    assert [each["item"] for each in ask(rest, things, "人/7", **only)["items"]] == ["brand new"]
    assert "first seen" not in [each["item"] for each in ask(rest, things, "人/1", k=30)["items"]]


def test_a_filter_about_nothing_is_refused_with_what_there_is(
    live_platform: LivePlatform, things: str
):
    path = f"{ROOT}{things}/users/{quote('人/0', safe='')}/recommendations"
    answer = live_platform.rest.get(path, params={"filter": '{"colour": "red"}'})
    assert answer.status_code == 400
    assert "no attribute “colour”" in answer.json()["detail"]


def test_scores_come_in_the_given_order(live_platform: LivePlatform, things: str):
    body = {"user": "人/0", "items": ["no 1", "ghost", "no 0"]}
    answer = live_platform.rest.post(f"{ROOT}{things}/score", json=body).raise_for_status()
    odd, ghost, even = answer.json()["scores"]
    assert ghost is None
    assert even > odd


def test_a_batch_and_similar_items(live_platform: LivePlatform, things: str):
    body = {"users": ["人/1", "ghost"], "k": 2}
    answer = live_platform.rest.post(f"{ROOT}{things}/recommendations:batch", json=body)
    assert [each["known"] for each in answer.json()["results"]] == [True, False]
    path = f"{ROOT}{things}/items/{quote('no 2')}/similar"
    alike = live_platform.rest.get(path, params={"k": 3}).json()["items"]
    assert {int(each["item"].split()[1]) % 2 for each in alike} == {0}
    ghost = live_platform.rest.get(f"{ROOT}{things}/items/ghost/similar")
    assert ghost.status_code == 404


def test_a_retrained_version_waits_for_promotion(live_platform: LivePlatform, things: str):
    answer = live_platform.rest.post(f"{ROOT}{things}/retrain/").raise_for_status()
    wait_for(live_platform.rest, f"/api/v1/jobs/{answer.json()['job']}/", ENDED, 120)
    detail = live_platform.rest.get(f"{ROOT}{things}/").json()
    aliases = {version["number"]: version["aliases"] for version in detail["versions"]}
    assert aliases[1] == ["champion"]
    assert aliases[2] == ["challenger"]
    assert ask(live_platform.rest, things, "人/0")["model_version"] == "1"


BAD_DATA = {
    "nan-ratings": "user,item,rating\na,x,nan\na,y,nan\nb,x,nan\nb,y,nan\n",
    "one-user": "user,item,rating\na,x,1\na,y,2\na,z,3\n",
}
USABLE_DATA = {
    "equal-ratings": "user,item,rating\n"
    + "".join(f"u{u},i{i},3\n" for u in range(20) for i in range(8) if (u + i) % 3),
    "duplicates": "user,item,rating\n"
    + "".join(f"u{u},i{i},{1 + i % 5}\n" * 2 for u in range(20) for i in range(8) if (u + i) % 3),
}


@pytest.mark.parametrize("name", BAD_DATA)
def test_data_nothing_can_be_learned_from_fails_in_words(live_platform: LivePlatform, name: str):
    dataset = upload(live_platform.rest, name, BAD_DATA[name])
    answer = create(live_platform.rest, name, dataset["id"], rating_column="rating")
    if answer.status_code == 202:
        job = wait_for(live_platform.rest, f"/api/v1/jobs/{answer.json()['job']}/", ENDED, 120)
        assert job["state"] == "failed"
        assert job["error"]["detail"]
        asked = live_platform.rest.get(f"{ROOT}{name}/users/a/recommendations")
        assert asked.status_code == 409
        assert job["error"]["detail"] in asked.json()["detail"]
    else:
        assert answer.status_code in (400, 409)
        assert answer.json()["detail"]


@pytest.mark.parametrize("name", USABLE_DATA)
def test_odd_data_is_learned_from_all_the_same(live_platform: LivePlatform, name: str):
    dataset = upload(live_platform.rest, name, USABLE_DATA[name])
    job = train(live_platform.rest, name, dataset["id"], rating_column="rating")
    assert job["state"] == "succeeded", job
    assert len(ask(live_platform.rest, name, "u0", k=3)["items"]) == 3


def test_an_empty_file_gives_no_recommender(live_platform: LivePlatform):
    dataset = upload(live_platform.rest, "empty", "user,item\n")
    answer = create(live_platform.rest, "empty", dataset["id"])
    assert answer.status_code in (400, 409)
    assert answer.json()["detail"]
