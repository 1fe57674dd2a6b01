import base64

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from platform_core.accounts.api import Role
from platform_core.registry import api
from tests.platform_core.registry.bundles import register

ROOT = "/api/v1/models/"
READS = ["films/", "films/versions/", "films/versions/1/", "films/history/"]
WRITES = [("films/aliases/champion/", {"version": 3}), ("films/aliases/champion/rollback/", {})]


@pytest.fixture
def client(actor, rest_client, three):
    return rest_client(actor)


def test_models_are_listed_with_their_aliases(client):
    (model,) = client.get(ROOT).json()["results"]
    assert (model["name"], model["aliases"], model["latest_version"]) == (
        "films",
        {"champion": 2},
        3,
    )
    assert client.get(ROOT + "films/").json() == model


def test_listing_models_costs_the_same_for_one_and_many(
    client, actor, django_assert_max_num_queries
):
    for number in range(5):
        version = register(actor, api.ModelSpec(f"m{number}", "a", "b"))
        api.set_alias(actor=actor, model=version.model, alias="champion", version=version)
    with django_assert_max_num_queries(8):
        assert len(client.get(ROOT).json()["results"]) == 6


def test_versions_are_listed_newest_first_and_in_pages(client):
    first = client.get(ROOT + "films/versions/?page_size=2").json()
    assert [row["number"] for row in first["results"]] == [3, 2]
    rest = client.get(first["next"]).json()
    assert [row["number"] for row in rest["results"]] == [1]
    assert first["results"][1]["aliases"] == ["champion"]


def test_a_version_shows_what_is_needed_to_check_its_signature(client):
    shown = client.get(ROOT + "films/versions/1/").json()
    public = Ed25519PublicKey.from_public_bytes(bytes.fromhex(shown["signature"]["public_key"]))
    payload = b"pentaquark model version v1\n" + shown["statement"].encode()
    public.verify(base64.b64decode(shown["signature"]["value"]), payload)
    assert shown["inputs"][0]["name"] == "user"
    assert shown["lineage"]["seed"] == 7
    assert shown["card"].startswith("# films")


def test_promotion_and_roll_back_move_the_alias(client):
    answer = client.post(ROOT + "films/aliases/champion/", {"version": 3, "reason": "better"})
    assert (answer.status_code, answer.json()["version"]) == (200, 3)
    answer = client.post(ROOT + "films/aliases/champion/rollback/", {"reason": "worse"})
    assert answer.json() == {"model": "films", "alias": "champion", "version": 2}
    history = client.get(ROOT + "films/history/").json()["results"]
    assert [(move["kind"], move["to_version"], move["reason"]) for move in history][:2] == [
        ("rolled_back", 2, "worse"),
        ("set", 3, "better"),
    ]


@pytest.mark.parametrize(
    ("path", "body", "status"),
    [
        ("films/aliases/champion/", {"version": 9}, 404),
        ("films/aliases/champion/", {"version": 0}, 400),
        ("films/aliases/champion/", {"version": "x"}, 400),
        ("films/aliases/champion/", {}, 400),
        ("films/aliases/champion/", [1], 400),
        ("films/aliases/champion/", {"version": 1, "reason": "x" * 501}, 400),
        ("films/aliases/Emperor!/", {"version": 1}, 400),
        ("films/aliases/challenger/rollback/", {}, 404),
        ("unknown/aliases/champion/", {"version": 1}, 404),
    ],
)
def test_what_cannot_be_done_is_explained(client, path, body, status):
    answer = client.post(ROOT + path, body)
    assert answer.status_code == status
    assert answer["Content-Type"] == "application/problem+json"
    assert answer.json()["detail"]


def test_rolling_back_beyond_the_first_promotion_is_a_conflict(client):
    client.post(ROOT + "films/aliases/champion/rollback/", {})
    answer = client.post(ROOT + "films/aliases/champion/rollback/", {})
    assert answer.status_code == 409
    assert answer.json()["remedy"]


def test_a_version_number_beyond_all_numbers_is_not_found(client):
    assert client.get(ROOT + f"films/versions/{10**30}/").status_code == 404
    assert client.get(ROOT + "films/versions/0/").status_code == 404


@pytest.mark.parametrize("path", READS)
def test_another_organisation_reads_nothing(stranger, rest_client, three, path):
    assert rest_client(stranger).get(ROOT + path).status_code == 404


@pytest.mark.parametrize(("path", "body"), WRITES)
def test_another_organisation_moves_nothing(stranger, rest_client, actor, three, path, body):
    assert rest_client(stranger).post(ROOT + path, body).status_code == 404
    assert api.resolve(organisation=actor.organisation, name="films").number == 2


def test_another_organisation_lists_nothing(stranger, rest_client, three):
    assert rest_client(stranger).get(ROOT).json()["results"] == []


@pytest.mark.parametrize("role", [Role.ANALYST, Role.VIEWER])
def test_those_who_may_not_promote_still_read(member, rest_client, three, role):
    client = rest_client(member(role))
    assert [client.get(ROOT + path).status_code for path in READS] == [200] * 4
    assert [client.post(ROOT + path, body).status_code for path, body in WRITES] == [403] * 2
