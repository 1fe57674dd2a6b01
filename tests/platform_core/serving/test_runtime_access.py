import stat
import time

import httpx
import pytest
from django.utils import timezone

from platform_core.accounts.api import ApiKey
from tests import factories
from tests.ml.runtime import sample_models

BODY = {"inputs": [{"name": "x", "data": [[1, 2, 3, 4]]}]}


@pytest.fixture
def name(actor, serve):
    return serve(actor, sample_models.scaler())


def infer(runtime, name, headers):
    return httpx.post(f"{runtime.url}/v2/models/{name}/infer", json=BODY, headers=headers)


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"authorization": "Bearer pq_made_up"},
        {"authorization": "Bearer"},
        {"authorization": "Basic cHE6cHE="},
        {"authorization": "Bearer pq_é".encode()},
        {"x-pentaquark-organisation": "11111111-1111-1111-1111-111111111111"},
    ],
)
def test_callers_without_a_good_key_are_refused(runtime, name, headers):
    answer = infer(runtime, name, headers)
    assert answer.status_code == 401
    assert answer.headers["www-authenticate"] == "Bearer"


def test_the_trusted_header_means_nothing_on_the_network(runtime, actor, name):
    answer = infer(runtime, name, {"x-pentaquark-organisation": str(actor.organisation.pk)})
    assert answer.status_code == 401


def test_a_key_that_may_only_read_cannot_predict(runtime, actor, name, headers):
    key = headers(actor, "read")
    assert infer(runtime, name, key).status_code == 403
    assert httpx.get(f"{runtime.url}/v2/models/{name}", headers=key).status_code == 200


def test_a_key_that_may_neither_is_refused_everything(runtime, actor, name, headers):
    key = headers(actor, "data")
    assert infer(runtime, name, key).status_code == 403
    assert httpx.get(f"{runtime.url}/v2/models/{name}", headers=key).status_code == 403


def test_second_organisation_sees_no_endpoint(runtime, actor, stranger, name, headers):
    assert infer(runtime, name, headers(actor)).status_code == 200
    key = headers(stranger)
    for path in ("", "/ready", "/versions/1", "/versions/1/ready"):
        found = httpx.get(f"{runtime.url}/v2/models/{name}{path}", headers=key)
        assert found.status_code == 404, path
    assert infer(runtime, name, key).status_code == 404
    assert infer(runtime, name, key).json() == infer(runtime, name, key).json()


def test_a_revoked_key_is_refused_within_a_second(runtime, actor, name, headers):
    key = headers(actor)
    with httpx.Client(headers=key) as client:
        address = f"{runtime.url}/v2/models/{name}/infer"
        for _ in range(20):  # the key is known and refreshed while it is in use
            assert client.post(address, json=BODY).status_code == 200
            time.sleep(0.05)
        ApiKey.objects.filter(organisation=actor.organisation).update(revoked_at=timezone.now())
        revoked_at = time.monotonic()
        while client.post(address, json=BODY).status_code == 200:
            assert time.monotonic() - revoked_at < 1.0
        assert client.post(address, json=BODY).status_code == 401


def test_an_expired_key_and_a_removed_member_are_refused(runtime, actor, name):
    secret = factories.api_key(actor)
    ApiKey.objects.filter(organisation=actor.organisation).update(expires_at=timezone.now())
    assert infer(runtime, name, {"authorization": f"Bearer {secret}"}).status_code == 401
    other = factories.api_key(actor)
    actor.user.memberships.all().delete()
    assert infer(runtime, name, {"authorization": f"Bearer {other}"}).status_code == 401


def test_the_trusted_socket_is_for_this_user_only(runtime):
    assert stat.S_IMODE(runtime.socket.parent.stat().st_mode) == 0o700
    assert stat.S_IMODE(runtime.socket.stat().st_mode) == 0o600


def test_the_trusted_socket_asks_for_the_organisation(runtime, name):
    transport = httpx.HTTPTransport(uds=str(runtime.socket))
    with httpx.Client(transport=transport, base_url="http://runtime") as client:
        for headers in ({}, {"x-pentaquark-organisation": "everybody"}):
            answer = client.post(f"/v2/models/{name}/infer", json=BODY, headers=headers)
            assert answer.status_code == 401
