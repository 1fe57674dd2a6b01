"""The console follows the permission table where rows of several people lie in one table."""

from collections.abc import Callable

import pytest
from django.test import Client

from platform_core.accounts.api import Actor, Role, create_api_key

ADDRESS = "/console/accounts/apikey/"


@pytest.mark.parametrize(("role", "status"), [(Role.ADMIN, 200), (Role.ML_ENGINEER, 404)])
def test_keys_of_others_are_shown_to_those_who_manage_them(
    actor: Actor,
    member: Callable[[Role], Actor],
    page_client: Callable[[Actor], Client],
    role: Role,
    status: int,
) -> None:
    key = create_api_key(actor=actor, name="billing robot", scopes=["all"]).key
    client = page_client(member(role))
    assert ("billing robot" in client.get(ADDRESS).content.decode()) is (status == 200)
    page = client.get(f"{ADDRESS}{key.pk}/change/")
    assert page.status_code == status
