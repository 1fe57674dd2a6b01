"""The pages under /account/."""

from collections.abc import Callable

import pytest
from django.test import Client
from rest_framework.test import APIClient

from platform_core.accounts.api import (
    Actor,
    ApiKey,
    Membership,
    Organisation,
    Role,
    User,
    actor_of_secret,
    create_api_key,
    create_organisation,
)

pytestmark = pytest.mark.django_db
PageClient = Callable[[Actor], Client]
Member = Callable[[Role], Actor]
PAGES = ["/account/", "/account/keys/", "/account/members/"]


@pytest.fixture
def client(actor: Actor, page_client: PageClient) -> Client:
    return page_client(actor)


def membership_of(who: Actor) -> Membership:
    return Membership.objects.get(organisation=who.organisation, user=who.user)


@pytest.mark.parametrize("address", PAGES)
@pytest.mark.parametrize("role", list(Role))
def test_every_role_opens_every_page(
    member: Member, page_client: PageClient, address: str, role: Role
) -> None:
    assert page_client(member(role)).get(address).status_code == 200


@pytest.mark.parametrize("address", PAGES)
def test_a_stranger_is_sent_to_log_in(db: None, address: str) -> None:
    assert Client().get(address)["Location"] == f"/accounts/login/?next={address}"


def test_a_profile_is_saved_and_the_language_holds(actor: Actor, client: Client) -> None:
    data = {"name": "Ada", "language": "zh-hans", "theme": "dark"}
    answer = client.post("/account/", data)
    assert answer.status_code == 302
    assert answer.cookies["django_language"].value == "zh-hans"
    actor.user.refresh_from_db()
    assert (actor.user.name, actor.user.language, actor.user.theme) == ("Ada", "zh-hans", "dark")
    assert 'lang="zh-hans"' in client.get("/account/").content.decode()


def test_a_refused_profile_keeps_what_was_typed(client: Client) -> None:
    answer = client.post("/account/", {"name": "Ada", "language": "tlh", "theme": "dark"})
    assert answer.status_code == 400
    assert 'value="Ada"' in answer.content.decode()


def test_a_stranger_keeps_theme_and_language_in_cookies(db: None) -> None:
    client = Client()
    data = {"theme": "dark", "language": "zh-hans", "next": "/accounts/login/"}
    answer = client.post("/account/preferences/", data)
    assert answer["Location"] == "/accounts/login/"
    page = client.get("/accounts/login/").content.decode()
    assert 'data-theme="dark"' in page
    assert 'lang="zh-hans"' in page


def test_a_person_keeps_their_theme_in_their_row(actor: Actor, client: Client) -> None:
    answer = client.post("/account/preferences/", {"theme": "dark"}, headers={"HX-Request": "true"})
    assert (answer.status_code, answer["HX-Refresh"]) == (204, "true")
    actor.user.refresh_from_db()
    assert actor.user.theme == "dark"


@pytest.mark.parametrize("data", [{"theme": "pink"}, {"language": "tlh"}])
def test_unknown_preferences_are_refused(db: None, data: dict[str, str]) -> None:
    assert Client().post("/account/preferences/", data).status_code == 400


@pytest.mark.parametrize("target", ["//evil.example/", "https://evil.example/", "javascript:x", ""])
def test_preferences_do_not_send_people_to_other_sites(db: None, target: str) -> None:
    answer = Client().post("/account/preferences/", {"theme": "dark", "next": target})
    assert answer["Location"] == "/"


def test_preferences_need_the_csrf_token(db: None) -> None:
    client = Client(enforce_csrf_checks=True)
    assert client.post("/account/preferences/", {"theme": "dark"}).status_code == 403


def test_a_key_is_shown_once_and_not_cached(actor: Actor, client: Client) -> None:
    data = {"name": "shop", "scopes": ["predict", "read"], "days": "30"}
    answer = client.post("/account/keys/", data)
    secret = answer.context["made"].secret
    assert secret in answer.content.decode()
    assert answer["Cache-Control"] == "no-store"
    assert actor_of_secret(secret).scopes == {"predict", "read"}
    assert ApiKey.objects.get().expires_at is not None
    again = client.get("/account/keys/").content.decode()
    assert "shop" in again
    assert secret not in again


def test_a_key_without_scope_is_refused_beside_the_field(client: Client) -> None:
    answer = client.post("/account/keys/", {"name": "shop"})
    assert answer.status_code == 400
    assert 'value="shop"' in answer.content.decode()
    assert answer.context["form"].errors.keys() == {"scopes"}


def test_a_key_is_revoked_on_its_page(actor: Actor, client: Client) -> None:
    made = create_api_key(actor=actor, name="shop", scopes=["all"])
    page = client.get("/account/keys/").content.decode()
    assert f"/account/keys/{made.key.pk}/revoke/" in page
    client.post(f"/account/keys/{made.key.pk}/revoke/")
    assert actor_of_secret(made.secret) is None


def test_names_are_shown_as_text(actor: Actor, client: Client) -> None:
    create_api_key(actor=actor, name="<script>alert(1)</script>", scopes=["all"])
    page = client.get("/account/keys/").content.decode()
    assert "<script>alert(1)" not in page
    assert "&lt;script&gt;alert(1)" in page


def test_a_member_is_added_with_a_temporary_password_shown_once(
    actor: Actor, client: Client
) -> None:
    answer = client.post("/account/members/", {"email": "new@x.example", "role": "analyst"})
    password = answer.context["added"].temporary_password
    assert password in answer.content.decode()
    assert answer["Cache-Control"] == "no-store"
    assert User.objects.get(email="new@x.example").check_password(password)
    assert password not in client.get("/account/members/").content.decode()


def test_an_existing_member_is_refused_beside_the_field(actor: Actor, client: Client) -> None:
    answer = client.post("/account/members/", {"email": actor.user.email, "role": "viewer"})
    assert answer.status_code == 409
    assert answer.context["form"].errors.keys() == {"email"}


def test_an_administrator_is_not_offered_the_owner_role(
    member: Member, page_client: PageClient
) -> None:
    client = page_client(member(Role.ADMIN))
    assert 'value="owner"' not in client.get("/account/members/").content.decode()
    answer = client.post("/account/members/", {"email": "new@x.example", "role": "owner"})
    assert answer.status_code == 400


def test_a_password_is_reset_on_the_page_and_over_rest(
    actor: Actor, member: Member, client: Client, rest_client: Callable[..., APIClient]
) -> None:
    forgetful = member(Role.VIEWER)
    pk = membership_of(forgetful).pk
    shown = client.post(f"/account/members/{pk}/password/").content.decode()
    first = User.objects.get(pk=forgetful.user.pk)
    assert "has a new password" in shown
    assert first.password_is_temporary
    answer = rest_client(actor).post(f"/api/v1/members/{pk}/reset-password/").json()
    assert User.objects.get(pk=first.pk).check_password(answer["temporary_password"])
    own = client.post(f"/account/members/{membership_of(actor).pk}/password/", follow=True)
    assert "in your profile" in own.content.decode()


def test_a_role_is_changed_and_a_member_removed(
    member: Member, client: Client, page_client: PageClient
) -> None:
    analyst = member(Role.ANALYST)
    address = f"/account/members/{membership_of(analyst).pk}/"
    client.post(f"{address}role/", {"role": "viewer"})
    assert membership_of(analyst).role == Role.VIEWER
    client.post(f"{address}remove/")
    assert not Membership.objects.filter(user=analyst.user).exists()


@pytest.mark.parametrize("action", ["role", "remove"])
def test_the_last_owner_stays_and_the_page_says_why(
    actor: Actor, client: Client, action: str
) -> None:
    own = membership_of(actor)
    answer = client.post(f"/account/members/{own.pk}/{action}/", {"role": "viewer"}, follow=True)
    assert "last owner" in answer.content.decode()
    assert membership_of(actor).role == Role.OWNER


@pytest.mark.parametrize("role", [Role.ML_ENGINEER, Role.ANALYST, Role.VIEWER])
def test_lower_roles_change_no_members(
    actor: Actor, member: Member, page_client: PageClient, role: Role
) -> None:
    client, own = page_client(member(role)), membership_of(actor)
    assert client.post("/account/members/", {"email": "a@b.example"}).status_code == 403
    assert client.post(f"/account/members/{own.pk}/remove/").status_code == 403
    assert client.post(f"/account/members/{own.pk}/role/", {"role": "viewer"}).status_code == 403


def test_a_second_organisations_objects_are_not_found(
    actor: Actor, stranger: Actor, page_client: PageClient
) -> None:
    key = create_api_key(actor=actor, name="shop", scopes=["all"]).key
    client, own = page_client(stranger), membership_of(actor)
    assert client.post(f"/account/keys/{key.pk}/revoke/").status_code == 404
    assert client.post(f"/account/members/{own.pk}/remove/").status_code == 404
    assert client.post(f"/account/members/{own.pk}/role/", {"role": "viewer"}).status_code == 404
    assert (
        client.post("/account/organisation/", {"organisation": actor.organisation.pk}).status_code
        == 404
    )


def test_a_person_founds_an_organisation_and_switches_back(actor: Actor, client: Client) -> None:
    client.post("/account/organisation/new/", {"name": "Second company"})
    assert "Second company" in client.get("/account/members/").content.decode()
    made = Organisation.objects.get(name="Second company")
    assert membership_of(Actor(made, actor.user)).role == Role.OWNER
    client.post(
        "/account/organisation/", {"organisation": actor.organisation.pk, "next": "/account/"}
    )
    assert actor.organisation.name in client.get("/account/").content.decode()


def test_each_organisation_shows_its_own_members_and_keys(actor: Actor, client: Client) -> None:
    create_api_key(actor=actor, name="shop of the first", scopes=["all"])
    second = create_organisation(actor=actor, name="Second")
    client.post("/account/organisation/", {"organisation": str(second.pk)})
    assert "shop of the first" not in client.get("/account/keys/").content.decode()


def test_a_removed_person_sees_nothing_of_the_organisation(
    member: Member, client: Client, page_client: PageClient
) -> None:
    analyst = member(Role.ANALYST)
    theirs = page_client(analyst)
    assert theirs.get("/account/").status_code == 200
    client.post(f"/account/members/{membership_of(analyst).pk}/remove/")
    assert theirs.get("/account/").status_code == 302
