"""Text no database or model can hold is refused at the door, on every database."""

from collections.abc import Callable

import pytest
from django.test import Client
from rest_framework.test import APIClient

from platform_core.accounts.api import Actor

NUL_ADDRESSES = (
    "/api/v1/datasets/a%00b/",
    "/api/v1/models/a%00b/",
    "/api/v1/endpoints/a%00b/",
    "/api/v1/recommendation/recommenders/a%00b/",
    "/search/?q=a%00b",
    "/jobs/?kind=a%00b",
    "/recommendation/try/?recommender=a%00b",
    "/console/jobs/job/?kind__exact=a%00b",
    "/models/a%00b/",
)


@pytest.mark.parametrize("address", NUL_ADDRESSES)
def test_a_nul_in_an_address_is_a_bad_request(
    address: str,
    actor: Actor,
    page_client: Callable[..., Client],
    rest_client: Callable[..., APIClient],
) -> None:
    client = rest_client(actor) if address.startswith("/api/") else page_client(actor)
    assert client.get(address).status_code == 400


def test_a_nul_in_a_form_is_refused(actor: Actor, page_client: Callable[..., Client]) -> None:
    client = page_client(actor)
    response = client.post("/account/organisation/new/", {"name": "a\0b"}, follow=True)
    assert "a\0b" not in response.content.decode()
    assert response.wsgi_request.actor.organisation == actor.organisation  # type: ignore[attr-defined]
