"""The plumbing every REST route shares, on a small view of its own."""

from collections.abc import Callable
from typing import ClassVar

import pytest
from django.test import override_settings
from django.urls import path
from django.utils import timezone
from rest_framework.response import Response
from rest_framework.test import APIClient

from platform_core.accounts.api import Actor
from platform_core.errors import ConflictError
from platform_core.web.api import ApiView

CALLS: list[dict] = []


class NumberView(ApiView):
    required_permission: ClassVar = {"POST": "dataset.upload"}

    def post(self, request):
        if request.data.get("refuse"):
            raise ConflictError("No.", remedy="Ask again.", place="here")
        CALLS.append(request.data)
        return Response({"number": len(CALLS), "at": timezone.now()}, status=201)


class SecretView(ApiView):
    required_permission: ClassVar = {"POST": "dataset.upload"}
    answer_is_secret = True

    def post(self, request):
        return Response({"secret": "s"}, status=201)


class UndeclaredView(ApiView):
    def get(self, request):
        return Response({})


urlpatterns = [
    path("numbers/", NumberView.as_view()),
    path("secrets/", SecretView.as_view()),
    path("undeclared/", UndeclaredView.as_view()),
]


@pytest.fixture(autouse=True)
def _routes():
    CALLS.clear()
    with override_settings(ROOT_URLCONF=__name__):
        yield


@pytest.fixture
def client(actor: Actor, rest_client: Callable[..., APIClient]) -> APIClient:
    return rest_client(actor)


def post(client: APIClient, body: dict, key: str = "key-1"):
    return client.post("/numbers/", body, headers={"Idempotency-Key": key})


def test_a_repeated_post_is_carried_out_once(client: APIClient):
    first, second = post(client, {"a": 1}), post(client, {"a": 1})
    assert first.json()["number"] == 1
    assert second.json() == first.json()
    assert second.headers["Idempotency-Replayed"] == "true"
    assert len(CALLS) == 1


@pytest.mark.parametrize("depth", [40, 900, 100_000])
def test_json_nested_beyond_all_measure_is_refused(client: APIClient, depth: int):
    for body in ("[" * depth + "]" * depth, '{"a":' * depth + "1" + "}" * depth):
        response = client.post("/numbers/", body, content_type="application/json")
        assert response.status_code == 400
        assert "deep" in response.json()["detail"]


def test_another_key_is_another_request(client: APIClient):
    numbers = [post(client, {"a": 1}, key=key).json()["number"] for key in ("key-1", "key-2")]
    assert numbers == [1, 2]


def test_the_same_key_with_another_body_is_refused(client: APIClient):
    post(client, {"a": 1})
    assert post(client, {"a": 2}).status_code == 422


def test_a_refused_request_may_be_mended_under_its_key(client: APIClient):
    assert post(client, {"refuse": True}).status_code == 409
    assert post(client, {"a": 1}).status_code == 201


def test_two_organisations_do_not_share_keys(
    client: APIClient, stranger: Actor, rest_client: Callable[..., APIClient]
):
    assert post(client, {"a": 1}).json()["number"] == 1
    assert post(rest_client(stranger), {"a": 1}).json()["number"] == 2


def test_a_secret_answer_is_not_kept(client: APIClient):
    headers = {"Idempotency-Key": "k"}
    assert client.post("/secrets/", {}, headers=headers).status_code == 201
    again = client.post("/secrets/", {}, headers=headers)
    assert again.status_code == 409
    assert "secret" not in again.json()


def test_a_malformed_key_is_refused(client: APIClient):
    assert post(client, {}, key="x" * 129).status_code == 400


def test_a_refusal_is_a_problem_document(client: APIClient):
    answer = client.post("/numbers/", {"refuse": True}, headers={"X-Request-Id": "abcdefgh"})
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert answer.json() == {
        "type": "about:blank",
        "title": "Conflict with the present state",
        "status": 409,
        "detail": "No.",
        "remedy": "Ask again.",
        "place": "here",
        "request_id": answer.headers["X-Request-Id"],
    }


def test_malformed_json_is_a_problem_document(client: APIClient):
    answer = client.post("/numbers/", b"{", content_type="application/json")
    assert answer.status_code == 400
    assert answer.headers["Content-Type"] == "application/problem+json"


def test_a_stranger_gets_401_with_the_scheme():
    answer = APIClient().post("/numbers/", {})
    assert answer.status_code == 401
    assert answer.headers["WWW-Authenticate"].startswith("Bearer")


def test_an_undeclared_method_is_refused_and_an_absent_one_is_405(client: APIClient):
    assert client.get("/undeclared/").status_code == 403
    assert client.delete("/numbers/").status_code == 405


def test_a_key_without_the_scope_is_refused(actor: Actor, rest_client: Callable[..., APIClient]):
    assert post(rest_client(actor, "predict"), {}).status_code == 403
