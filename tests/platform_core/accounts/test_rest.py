"""The REST routes: me, members, API keys."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.utils import timezone
from rest_framework.test import APIClient

from platform_core.accounts.api import Actor, ApiKey, Membership, Role, actor_of_secret

pytestmark = pytest.mark.django_db
RestClient = Callable[..., APIClient]
KEYS, MEMBERS, ME = "/api/v1/api-keys/", "/api/v1/members/", "/api/v1/me/"


@pytest.fixture
def client(actor: Actor, rest_client: RestClient) -> APIClient:
    return rest_client(actor)


def test_a_caller_learns_who_they_are(actor: Actor, client: APIClient) -> None:
    body = client.get(ME).json()
    assert (body["email"], body["role"], body["scopes"]) == (actor.user.email, "owner", ["all"])
    assert body["organisation"]["slug"] == actor.organisation.slug
    assert "dataset.delete" in body["permissions"]


@pytest.mark.parametrize("scope", ["all", "read", "predict", "data", "train"])
def test_every_key_may_ask_who_it_is(actor: Actor, rest_client: RestClient, scope: str) -> None:
    assert rest_client(actor, scope).get(ME).status_code == 200


def test_a_person_changes_language_and_theme(actor: Actor, client: APIClient) -> None:
    body = client.patch(ME, {"language": "zh-hans", "theme": "dark"}, format="json").json()
    assert (body["language"], body["theme"]) == ("zh-hans", "dark")
    actor.user.refresh_from_db()
    assert (actor.user.language, actor.user.theme) == ("zh-hans", "dark")


@pytest.mark.parametrize("body", [{"language": "tlh"}, {"theme": "pink"}, {"name": "x" * 121}])
def test_an_unknown_preference_is_named(client: APIClient, body: dict) -> None:
    answer = client.patch(ME, body, format="json")
    assert answer.status_code == 400
    assert answer["Content-Type"] == "application/problem+json"
    assert set(answer.json()["errors"]) == set(body)


def test_a_key_is_shown_once(client: APIClient) -> None:
    answer = client.post(KEYS, {"name": "shop", "scopes": ["predict"]}, format="json")
    assert answer.status_code == 201
    made = answer.json()
    assert actor_of_secret(made["secret"]).scopes == {"predict"}
    again = client.get(f"{KEYS}{made['id']}/").json()
    assert "secret" not in again
    assert made["secret"] not in client.get(KEYS).content.decode()


def test_a_repeated_request_does_not_show_the_secret_again(client: APIClient) -> None:
    body = {"name": "shop", "scopes": ["all"]}
    headers = {"Idempotency-Key": "once"}
    client.post(KEYS, body, format="json", headers=headers)
    again = client.post(KEYS, body, format="json", headers=headers)
    assert again.status_code == 409
    assert ApiKey.objects.filter(name="shop").count() == 1


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"name": "x"},
        {"name": "", "scopes": ["all"]},
        {"name": "x", "scopes": []},
        {"name": "x", "scopes": ["root"]},
        {"name": "x", "scopes": "all"},
        {"name": "x", "scopes": ["all"], "expires_at": "yesterday"},
        {"name": "x", "scopes": ["all"], "expires_at": "2001-01-01T00:00:00Z"},
        [],
    ],
)
def test_a_malformed_key_is_refused(client: APIClient, body: object) -> None:
    answer = client.post(KEYS, body, format="json")
    assert answer.status_code == 400
    assert answer["Content-Type"] == "application/problem+json"
    assert not ApiKey.objects.filter(name="x").exists()


@pytest.mark.parametrize("way", ["delete", "revoke"])
def test_a_revoked_key_is_refused_at_once(
    actor: Actor, client: APIClient, rest_client: RestClient, way: str
) -> None:
    made = client.post(KEYS, {"name": "shop", "scopes": ["all"]}, format="json").json()
    program = APIClient(headers={"Authorization": f"Bearer {made['secret']}"})
    assert program.get(ME).status_code == 200
    if way == "delete":
        assert client.delete(f"{KEYS}{made['id']}/").status_code == 204
    else:
        assert client.post(f"{KEYS}{made['id']}/revoke/").json()["usable"] is False
    answer = program.get(ME)
    assert answer.status_code == 401
    assert answer["WWW-Authenticate"] == "Bearer"
    assert "revoked" in answer.json()["detail"]


def test_an_expired_key_is_refused(actor: Actor, client: APIClient) -> None:
    ends = timezone.now() + timedelta(minutes=5)
    made = client.post(
        KEYS, {"name": "shop", "scopes": ["all"], "expires_at": ends.isoformat()}, format="json"
    ).json()
    ApiKey.objects.filter(pk=made["id"]).update(expires_at=timezone.now())
    program = APIClient(headers={"Authorization": f"Bearer {made['secret']}"})
    assert program.get(ME).status_code == 401


@pytest.mark.parametrize("scope", ["read", "predict", "data", "train"])
def test_a_narrow_key_makes_no_key(actor: Actor, rest_client: RestClient, scope: str) -> None:
    body = {"name": "x", "scopes": [scope]}
    assert rest_client(actor, scope).post(KEYS, body, format="json").status_code == 403


def test_a_key_can_revoke_itself(actor: Actor, rest_client: RestClient) -> None:
    client = rest_client(actor)
    own = client.get(ME).json()["api_key_id"]
    assert client.delete(f"{KEYS}{own}/").status_code == 204
    assert client.get(ME).status_code == 401


@pytest.mark.parametrize("method", ["get", "delete"])
def test_a_second_organisations_key_is_not_found(
    actor: Actor, stranger: Actor, rest_client: RestClient, method: str
) -> None:
    rest_client(actor)
    foreign = ApiKey.objects.get(user=actor.user)
    client = rest_client(stranger)
    assert getattr(client, method)(f"{KEYS}{foreign.pk}/").status_code == 404
    assert client.post(f"{KEYS}{foreign.pk}/revoke/").status_code == 404
    assert ApiKey.objects.get(pk=foreign.pk).revoked_at is None


def test_an_administrator_adds_changes_and_removes_a_member(client: APIClient) -> None:
    added = client.post(MEMBERS, {"email": "new@x.example", "role": "viewer"}, format="json").json()
    assert added["temporary_password"]
    address = f"{MEMBERS}{added['id']}/"
    assert client.patch(address, {"role": "analyst"}, format="json").json()["role"] == "analyst"
    assert "temporary_password" not in client.get(address).json()
    assert client.delete(address).status_code == 204
    assert client.get(address).status_code == 404


def test_the_last_owner_stays(actor: Actor, client: APIClient) -> None:
    own = Membership.objects.get(user=actor.user)
    answer = client.delete(f"{MEMBERS}{own.pk}/")
    assert answer.status_code == 409
    assert answer.json()["title"] == "An organisation needs an owner"
    assert client.patch(f"{MEMBERS}{own.pk}/", {"role": "viewer"}, format="json").status_code == 409


@pytest.mark.parametrize(
    "body", [{}, {"email": "x", "role": "viewer"}, {"email": "a@b.example", "role": "king"}]
)
def test_a_malformed_member_is_refused(client: APIClient, body: dict) -> None:
    assert client.post(MEMBERS, body, format="json").status_code == 400


@pytest.mark.parametrize("role", [Role.ML_ENGINEER, Role.ANALYST, Role.VIEWER])
def test_lower_roles_see_members_and_change_nothing(
    member: Callable[[Role], Actor], rest_client: RestClient, role: Role
) -> None:
    who = member(role)
    client, own = rest_client(who), Membership.objects.get(user=who.user)
    assert client.get(MEMBERS).status_code == 200
    assert client.post(MEMBERS, {}, format="json").status_code == 403
    assert client.patch(f"{MEMBERS}{own.pk}/", {"role": "owner"}, format="json").status_code == 403
    assert client.delete(f"{MEMBERS}{own.pk}/").status_code == 403


@pytest.mark.parametrize("method", ["get", "patch", "delete"])
def test_a_second_organisations_member_is_not_found(
    actor: Actor, stranger: Actor, rest_client: RestClient, method: str
) -> None:
    foreign = Membership.objects.get(user=actor.user)
    answer = getattr(rest_client(stranger), method)(f"{MEMBERS}{foreign.pk}/")
    assert answer.status_code == 404
    assert Membership.objects.filter(pk=foreign.pk, role=Role.OWNER).exists()


def test_a_list_shows_its_own_organisation_only(
    actor: Actor, stranger: Actor, rest_client: RestClient
) -> None:
    rows = rest_client(stranger).get(MEMBERS).json()["results"]
    assert [row["email"] for row in rows] == [stranger.user.email]


def test_a_request_without_a_key_is_told_the_scheme(db: None) -> None:
    answer = APIClient().get(ME)
    assert (answer.status_code, answer["WWW-Authenticate"]) == (401, "Bearer")


def test_a_signed_in_person_uses_rest_with_their_session(actor: Actor) -> None:
    client = APIClient()
    client.force_login(actor.user)
    assert client.get(ME).json()["scopes"] is None


def test_a_session_without_csrf_token_changes_nothing(actor: Actor) -> None:
    client = APIClient(enforce_csrf_checks=True)
    client.force_login(actor.user)
    assert client.patch(ME, {"theme": "dark"}, format="json").status_code == 403
    actor.user.refresh_from_db()
    assert actor.user.theme == "system"
