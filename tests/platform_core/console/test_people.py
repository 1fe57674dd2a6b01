"""The console follows the permission table where rows of several people lie in one table."""

from collections.abc import Callable

import pytest
from django.test import Client

from platform_core.accounts.api import Actor, Role, create_api_key

ADDRESS = "/console/accounts/apikey/"


@pytest.mark.parametrize(("role", "sees"), [(Role.ADMIN, True), (Role.ML_ENGINEER, False)])
def test_keys_of_others_are_shown_to_those_who_manage_them(
    actor: Actor,
    member: Callable[[Role], Actor],
    page_client: Callable[[Actor], Client],
    role: Role,
    sees: bool,
) -> None:
    key = create_api_key(actor=actor, name="billing robot", scopes=["all"]).key
    client = page_client(member(role))
    assert ("billing robot" in client.get(ADDRESS).content.decode()) is sees
    page = client.get(f"{ADDRESS}{key.pk}/change/")
    assert (page.status_code == 200) is sees
