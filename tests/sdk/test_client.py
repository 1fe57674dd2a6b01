"""Requests: retries, idempotency keys, pages, errors in the platform's words; sync and async alike."""

import asyncio
from typing import Any

import httpx
import pytest

from pentaquark import aio, sync
from pentaquark.core import errors
from pentaquark.core.settings import Settings
from tests.sdk.conftest import Scripted, Told

PROBLEM = {
    "title": "Invalid input",
    "detail": "There is no column “x”.",
    "remedy": "Its columns: a, b",
    "request_id": "r-1",
}


def settings(server: Scripted, **options: Any) -> Settings:
    return Settings(api_key="pq_k", base_url=server.url, **options)


def test_a_problem_document_becomes_an_error_that_repeats_it(server: Scripted) -> None:
    server.answers = [Told(400, PROBLEM)]
    with sync.Client(settings(server)) as client, pytest.raises(errors.InvalidInputError) as found:
        client.request("POST", "/api/v1/x/", body={})
    error = found.value
    assert (error.detail, error.remedy) == (PROBLEM["detail"], PROBLEM["remedy"])
    assert (error.request_id, error.status, error.exit_code) == ("r-1", 400, 2)
    assert PROBLEM["detail"] in str(error)
    assert PROBLEM["remedy"] in str(error)


def test_wrong_fields_are_named(server: Scripted) -> None:
    server.answers = [
        Told(400, {"detail": "Some values are invalid.", "errors": {"k": ["Too big."]}})
    ]
    with (
        sync.Client(settings(server)) as client,
        pytest.raises(errors.InvalidInputError, match="k: Too big"),
    ):
        client.request("GET", "/api/v1/x/")


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (401, errors.AuthenticationError),
        (403, errors.PermissionDeniedError),
        (404, errors.NotFoundError),
        (409, errors.ConflictError),
        (413, errors.TooLargeError),
        (500, errors.ServerError),
        (418, errors.ApiError),
    ],
)
def test_each_status_has_its_error_even_without_json(
    server: Scripted, status: int, kind: type[errors.ApiError]
) -> None:
    server.answers = [Told(status, b"<html>proxy</html>")]
    with sync.Client(settings(server)) as client, pytest.raises(kind) as found:
        client.request("GET", "/api/v1/x/")
    assert str(status) in found.value.detail
    assert "<html>" not in str(found.value)
    assert len(server.asked) == 1


@pytest.mark.parametrize("first", [Told(503), Told(429, headers={"Retry-After": "0"}), Told(0)])
def test_what_may_pass_is_sent_again_under_the_same_key(server: Scripted, first: Told) -> None:
    server.answers = [first, Told(201, {"id": "1"})]
    with sync.Client(settings(server)) as client:
        assert client.request("POST", "/api/v1/x/", body={"a": 1}) == {"id": "1"}
    keys = [asked[2]["Idempotency-Key"] for asked in server.asked]
    assert len(keys) == 2
    assert keys[0] == keys[1]
    assert [asked[3] for asked in server.asked] == [b'{"a":1}'] * 2


def test_a_repeated_request_still_at_work_is_asked_for_again(server: Scripted) -> None:
    server.answers = [Told(0), Told(409, PROBLEM), Told(201, {"id": "1"})]
    with sync.Client(settings(server)) as client:
        assert client.request("POST", "/api/v1/x/", body={})["id"] == "1"


def test_two_requests_have_two_keys(server: Scripted) -> None:
    server.answers = [Told(), Told()]
    with sync.Client(settings(server)) as client:
        client.request("POST", "/api/v1/x/")
        client.request("POST", "/api/v1/x/")
    assert len({asked[2]["Idempotency-Key"] for asked in server.asked}) == 2


def test_attempts_end(server: Scripted) -> None:
    server.answers = [Told(503, PROBLEM)] * 3
    with sync.Client(settings(server, max_retries=2)) as client, pytest.raises(errors.ServerError):
        client.request("GET", "/api/v1/x/")
    assert server.answers == []


def test_nobody_there_is_said_with_a_remedy() -> None:
    nobody = Settings(api_key="k", base_url="http://127.0.0.1:1", max_retries=0)
    with sync.Client(nobody) as client, pytest.raises(errors.UnreachableError) as found:
        client.me()
    assert "127.0.0.1:1" in found.value.detail
    assert "pq doctor" in found.value.remedy


def test_no_key_is_said_before_anything_is_sent(server: Scripted) -> None:
    keyless = sync.Client(Settings(base_url=server.url))
    with keyless, pytest.raises(errors.NotConfiguredError) as found:
        keyless.me()
    assert "pq login" in found.value.remedy
    assert server.asked == []


def two_pages(server: Scripted) -> None:
    following = f"{server.url}/api/v1/jobs/?cursor=abc"
    rows = [{"id": "1"}, {"id": "2"}], [{"id": "3"}]
    server.answers = [
        Told(body={"results": rows[0], "next": following}),
        Told(body={"results": rows[1], "next": None}),
    ]


def test_pages_are_asked_for_as_they_are_needed(server: Scripted) -> None:
    two_pages(server)
    with sync.Client(settings(server)) as client:
        found = client.jobs.list(state="queued")
        assert [next(found).id, next(found).id] == ["1", "2"]
        assert len(server.asked) == 1
        assert next(found).id == "3"
    assert "state=queued" in server.asked[0][1]
    assert server.asked[1][1].endswith("?cursor=abc")


def test_the_async_client_does_the_same(server: Scripted) -> None:
    two_pages(server)
    server.answers.append(Told(404, PROBLEM))

    async def run() -> list[str]:
        async with aio.Client(settings(server)) as client:
            ids = [job.id async for job in client.jobs.list()]
            with pytest.raises(errors.NotFoundError):
                await client.models.get("none")
            return ids

    assert asyncio.run(run()) == ["1", "2", "3"]


def test_a_job_that_failed_raises_in_the_platforms_words(server: Scripted) -> None:
    job = {"id": "1", "kind": "train", "title": "Training", "state": "running", "progress": 0.5}
    failed = job | {"state": "failed", "error": {"detail": "Out of memory.", "remedy": "Use less."}}
    server.answers = [Told(body=job), Told(body=job), Told(body=failed)]
    with sync.Client(settings(server)) as client, pytest.raises(errors.JobFailedError) as found:
        client.jobs.get("1").wait(progress=False)
    assert "Out of memory" in found.value.detail
    assert found.value.remedy == "Use less."
    assert found.value.job.state == "failed"


def test_a_wait_ends_when_it_was_told_to(server: Scripted) -> None:
    server.answers = [Told(body={"id": "1", "state": "running", "kind": "train"})] * 9
    with sync.Client(settings(server)) as client, pytest.raises(errors.WaitTimeoutError, match="1"):
        client.jobs.get("1").wait(timeout_s=0.3, progress=False)


def test_a_proxy_is_used(server: Scripted) -> None:
    server.answers = [Told(body={"email": "a"})]
    behind = Settings(api_key="k", base_url="http://platform.invalid", proxy=server.url)
    with sync.Client(behind) as client:
        assert client.me() == {"email": "a"}
    assert server.asked[0][1].startswith("http://platform.invalid/")


def test_a_bad_certificate_is_not_tried_again() -> None:
    from pentaquark.sync.client import _may_pass  # noqa: PLC0415

    assert not _may_pass(httpx.ConnectError("[SSL: CERTIFICATE_VERIFY_FAILED]"))
    assert _may_pass(httpx.ConnectError("refused"))
