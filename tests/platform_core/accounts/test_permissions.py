"""Who may do what: the table, role by role and action by action, and how scopes narrow it."""

import pytest

from platform_core.accounts.api import (
    PERMISSIONS,
    SCOPES,
    Actor,
    Organisation,
    Role,
    platform_actor,
)
from platform_core.errors import PermissionDeniedError
from tests import factories

OWNER, ADMIN, ENGINEER, ANALYST, VIEWER = "owner", "admin", "ml_engineer", "analyst", "viewer"
EXPECTED = {
    "profile.view": VIEWER,
    "profile.manage": VIEWER,
    "organisation.view": VIEWER,
    "organisation.manage": OWNER,
    "member.view": VIEWER,
    "member.manage": ADMIN,
    "apikey.view": VIEWER,
    "apikey.create": VIEWER,
    "apikey.manage": ADMIN,
    "audit.view": ADMIN,
    "console.use": ENGINEER,
    "dataset.view": VIEWER,
    "dataset.preview": ANALYST,
    "dataset.download": ENGINEER,
    "dataset.upload": ANALYST,
    "dataset.delete": ENGINEER,
    "job.view": VIEWER,
    "job.submit": ANALYST,
    "job.manage": ENGINEER,
    "model.view": VIEWER,
    "model.train": ANALYST,
    "model.register": ENGINEER,
    "model.promote": ENGINEER,
    "model.delete": ADMIN,
    "endpoint.view": VIEWER,
    "endpoint.manage": ENGINEER,
    "prediction.call": VIEWER,
    "event.write": ANALYST,
    "rule.manage": ANALYST,
    "decision.view": ANALYST,
    "case.view": ANALYST,
    "case.manage": ANALYST,
    "policy.manage": ANALYST,
    "policy.approve": ENGINEER,
    "personal.reveal": ANALYST,
}
"""Action -> the least role that may take it; each role may do what the roles below it may."""
POWER = [OWNER, ADMIN, ENGINEER, ANALYST, VIEWER]


def in_organisation(role: str, *scopes: str) -> Actor:
    """Return an unsaved actor: the table needs no database."""
    return Actor(
        organisation=Organisation(),
        user=factories.User(email="a@b.example"),
        role=Role(role),
        scopes=frozenset(scopes) or None,
    )


def test_the_test_knows_every_action() -> None:
    assert set(EXPECTED) == set(PERMISSIONS)


@pytest.mark.parametrize("role", POWER)
@pytest.mark.parametrize("action", sorted(PERMISSIONS))
def test_each_role_may_do_what_the_table_says(action: str, role: str) -> None:
    allowed = POWER.index(role) <= POWER.index(EXPECTED[action])
    assert in_organisation(role).can(action) is allowed


@pytest.mark.parametrize("scope", sorted(SCOPES))
@pytest.mark.parametrize("action", sorted(PERMISSIONS))
def test_a_scope_opens_its_actions_and_no_other(action: str, scope: str) -> None:
    assert in_organisation(OWNER, scope).can(action) is (action in SCOPES[scope])


def test_scopes_never_widen_a_role() -> None:
    assert not in_organisation(VIEWER, *SCOPES).can("dataset.delete")


def test_no_key_opens_the_console() -> None:
    assert not in_organisation(OWNER, *SCOPES).can("console.use")


def test_a_refusal_names_the_permission_and_a_remedy() -> None:
    with pytest.raises(PermissionDeniedError) as refusal:
        in_organisation(VIEWER).require("dataset.delete")
    assert refusal.value.extra == {"permission": "dataset.delete"}
    assert refusal.value.remedy


def test_the_platform_may_do_everything() -> None:
    assert all(platform_actor(Organisation()).can(action) for action in PERMISSIONS)


def test_an_unknown_action_is_an_error_of_the_calling_code() -> None:
    with pytest.raises(KeyError):
        in_organisation(OWNER).can("dataset.explode")
