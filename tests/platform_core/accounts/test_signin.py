"""Log-in with real requests: throttled, with a second factor, in the person's language, and nothing more."""

import base64
import hashlib
import hmac
import struct
import threading
import time
from collections.abc import Callable

import pytest
from django.core.cache import cache, caches
from django.db import connection
from django.test import Client
from django.urls import reverse

from platform_core.accounts.api import Actor, Membership, Role, reset_password
from tests import factories

pytestmark = pytest.mark.django_db
LOGIN = "/accounts/login/"
Journalled = Callable[[Actor], list[str]]


def log_in(client: Client, email: str, password: str = factories.PASSWORD, **options: object):
    return client.post(LOGIN, {"login": email, "password": password}, **options)


def totp(secret: str, at: float | None = None) -> str:
    """Compute the code of RFC 6238, independently of the library under test."""
    key = base64.b32decode(secret)
    counter = struct.pack(">Q", int(time.time() if at is None else at) // 30)
    digest = hmac.new(key, counter, hashlib.sha1).digest()
    start = digest[-1] & 15
    number = struct.unpack(">I", digest[start : start + 4])[0] & 0x7FFFFFFF
    return f"{number % 10**6:06}"


def test_the_computed_code_agrees_with_rfc_6238() -> None:
    secret = base64.b32encode(b"12345678901234567890").decode()
    assert totp(secret, 59) == "287082"
    assert totp(secret, 1111111109) == "081804"


@pytest.mark.parametrize("change", [str, str.upper])
def test_a_person_logs_in_with_e_mail_and_password(
    actor: Actor, journalled: Journalled, change: Callable[[str], str]
) -> None:
    client = Client()
    answer = log_in(client, change(actor.user.email))
    assert (answer.status_code, answer["Location"]) == (302, "/")
    assert client.get("/account/").status_code == 200
    assert journalled(actor) == ["session.open"]


def test_log_in_goes_on_to_the_page_that_was_asked_for(actor: Actor) -> None:
    client = Client()
    asked = client.get("/account/keys/")
    assert asked["Location"] == "/accounts/login/?next=/account/keys/"
    answer = client.post(
        LOGIN, {"login": actor.user.email, "password": factories.PASSWORD, "next": "/account/keys/"}
    )
    assert answer["Location"] == "/account/keys/"


def test_log_in_does_not_go_on_to_another_site(actor: Actor) -> None:
    data = {"login": actor.user.email, "password": factories.PASSWORD, "next": "//evil.example/"}
    assert Client().post(LOGIN, data)["Location"] == "/"


@pytest.mark.parametrize("email", ["known", "nobody@x.example"])
def test_a_wrong_password_and_an_unknown_address_look_alike(actor: Actor, email: str) -> None:
    email = actor.user.email if email == "known" else email
    answer = log_in(Client(), email, "wrong")
    assert answer.status_code == 200
    assert "do not belong together" in answer.content.decode()


def test_failed_attempts_are_in_the_log_and_no_more_than_the_throttle_lets_through(
    actor: Actor, journalled: Journalled
) -> None:
    for _ in range(8):
        log_in(Client(), actor.user.email.upper(), "wrong")
    log_in(Client(), "nobody@x.example", "wrong")
    assert journalled(actor) == ["session.refuse"] * 5


def test_a_temporary_password_opens_nothing_but_the_page_to_change_it(
    actor: Actor, member: Callable[[Role], Actor]
) -> None:
    forgetful = member(Role.VIEWER)
    session = Client()
    log_in(session, forgetful.user.email)
    membership = Membership.objects.get(user=forgetful.user)
    temporary = reset_password(actor=actor, member_id=str(membership.pk)).temporary_password
    assert session.get("/account/")["Location"].startswith(LOGIN), "the old session has ended"
    change = reverse("account_change_password")
    assert log_in(session, forgetful.user.email, temporary)["Location"] == change
    assert session.get("/account/")["Location"] == change
    chosen = {
        "oldpassword": temporary,
        "password1": "blue parrot 17",
        "password2": "blue parrot 17",
    }
    session.post(change, chosen)
    assert session.get("/account/").status_code == 200


@pytest.mark.parametrize("address", ["/account/", LOGIN, "/api/v1/me/", "/"])
def test_no_page_stays_in_a_browser_or_proxy(
    actor: Actor, page_client: Callable[[Actor], Client], address: str
) -> None:
    assert page_client(actor).get(address)["Cache-Control"].count("no-store") == 1


def test_a_person_logs_out(actor: Actor) -> None:
    client = Client()
    log_in(client, actor.user.email)
    assert "Log out" in client.get("/accounts/logout/").content.decode()
    assert client.post("/accounts/logout/").status_code == 302
    assert client.get("/account/").status_code == 302


def test_the_sixth_wrong_password_is_refused_with_words_and_even_the_right_one(
    actor: Actor,
) -> None:
    client = Client()
    answers = [log_in(client, actor.user.email, "wrong").status_code for _ in range(5)]
    assert answers == [200] * 5
    refused = log_in(client, actor.user.email)
    assert refused.status_code == 429
    assert refused["Retry-After"] == "300"
    assert "Wait five minutes" in refused.content.decode()
    assert client.get("/account/").status_code == 302


def test_the_limit_holds_from_other_addresses_and_ports(actor: Actor) -> None:
    for number in range(5):
        log_in(
            Client(),
            actor.user.email.upper(),
            "wrong",
            REMOTE_ADDR=f"10.0.0.{number}",
            HTTP_HOST=f"localhost:{8000 + number}",
        )
    assert log_in(Client(), actor.user.email, REMOTE_ADDR="10.0.9.9").status_code == 429


def test_one_address_cannot_try_many_accounts(db: None) -> None:
    client = Client()
    answers = [log_in(client, f"p{number}@x.example", "wrong").status_code for number in range(11)]
    assert answers == [200] * 10 + [429]


def test_a_flood_of_log_in_requests_gets_a_page_of_words(actor: Actor) -> None:
    client = Client()
    answers = [client.post(LOGIN, {}) for _ in range(61)]
    assert [answer.status_code for answer in answers] == [200] * 60 + [429]
    assert "wait a minute" in answers[-1].content.decode()
    assert client.get(LOGIN).status_code == 200


def test_another_persons_log_in_is_not_held_up(actor: Actor, stranger: Actor) -> None:
    for _ in range(6):
        log_in(Client(), actor.user.email, "wrong")
    assert log_in(Client(), stranger.user.email).status_code == 302


def test_the_limit_is_kept_where_all_processes_share_it(actor: Actor) -> None:
    for _ in range(5):
        log_in(Client(), actor.user.email, "wrong")
    del caches["default"]  # as in another process: nothing is left but what was stored
    assert type(caches["default"]).__name__ in {"JsonFileCache", "RedisCache"}
    assert log_in(Client(), actor.user.email, "wrong").status_code == 429


@pytest.mark.django_db(transaction=True)
def test_attempts_at_the_same_moment_are_counted_together(actor: Actor) -> None:
    tried: list[int] = []

    def attempt() -> None:
        tried.append(log_in(Client(), actor.user.email, "wrong").status_code)
        connection.close()

    threads = [threading.Thread(target=attempt) for _ in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert tried.count(200) <= 5


@pytest.mark.django_db(transaction=True)  # allauth gives notice of a change when it is committed
def test_the_second_factor_from_set_up_to_recovery_code(
    actor: Actor, journalled: Journalled
) -> None:
    client = Client()
    log_in(client, actor.user.email)
    activate = reverse("mfa_activate_totp")
    asked = client.get(activate)
    assert "/accounts/reauthenticate/" in asked["Location"]
    wrong = client.post(asked["Location"], {"password": "wrong"})
    assert wrong.status_code == 200
    assert client.post(asked["Location"], {"password": factories.PASSWORD})["Location"] == activate

    page = client.get(activate)
    secret = page.context["form"].secret
    assert "data:image/svg+xml;base64," in page.content.decode()
    assert client.post(activate, {"code": "000000"}).status_code == 200
    done = client.post(activate, {"code": totp(secret)})
    assert done["Location"] == reverse("mfa_view_recovery_codes")
    shown = client.get(done["Location"])
    codes = shown.context["unused_codes"]
    assert len(codes) == 10
    assert all(code in shown.content.decode() for code in codes)
    download = client.get(reverse("mfa_download_recovery_codes"))
    assert codes[0] in download.content.decode()

    assert secret not in _stored_secrets()
    cache.clear()  # each code opens one session; the next window is 30 s away
    client = Client()
    assert log_in(client, actor.user.email)["Location"] == reverse("mfa_authenticate")
    assert client.get("/account/").status_code == 302
    assert client.post(reverse("mfa_authenticate"), {"code": "000000"}).status_code == 200
    assert client.post(reverse("mfa_authenticate"), {"code": totp(secret)})["Location"] == "/"
    assert client.get("/account/").status_code == 200

    replay = Client()
    log_in(replay, actor.user.email)
    assert replay.post(reverse("mfa_authenticate"), {"code": totp(secret)}).status_code == 200
    assert replay.post(reverse("mfa_authenticate"), {"code": codes[0]})["Location"] == "/"
    noted = ["session.open", "session.refuse", "second_factor.activate"]
    assert journalled(actor)[:3] == noted


def _stored_secrets() -> str:
    with connection.cursor() as cursor:
        cursor.execute("SELECT data FROM mfa_authenticator")
        return str(cursor.fetchall())


def test_codes_cannot_be_guessed_one_after_the_other(actor: Actor, journalled: Journalled) -> None:
    secret = _with_second_factor(actor)
    client = Client()
    log_in(client, actor.user.email)
    address = reverse("mfa_authenticate")
    answers = [client.post(address, {"code": f"{n:06}"}).status_code for n in range(6)]
    assert answers == [200] * 5 + [429]
    assert journalled(actor).count("session.refuse_code") == 5
    assert client.post(address, {"code": totp(secret)}).status_code == 429


def test_turning_the_second_factor_off_asks_who_it_is(actor: Actor, journalled: Journalled) -> None:
    secret = _with_second_factor(actor)
    client = Client()
    client.force_login(actor.user)
    asked = client.get(reverse("mfa_deactivate_totp"))
    assert "/accounts/reauthenticate/" in asked["Location"]
    other_way = reverse("mfa_reauthenticate")
    assert client.get(other_way).status_code == 200
    client.post(other_way, {"code": totp(secret)})
    assert client.get(reverse("mfa_deactivate_totp")).status_code == 200
    client.post(reverse("mfa_deactivate_totp"))
    assert log_in(Client(), actor.user.email)["Location"] == "/"
    assert "second_factor.deactivate" in journalled(actor)


def _with_second_factor(who: Actor) -> str:
    """Set a second factor up through the pages, and return its secret."""
    client = Client()
    client.force_login(who.user)
    client.post(reverse("account_reauthenticate"), {"password": factories.PASSWORD})
    page = client.get(reverse("mfa_activate_totp"))
    secret = page.context["form"].secret
    client.post(reverse("mfa_activate_totp"), {"code": totp(secret)})
    cache.clear()
    return secret


@pytest.mark.parametrize(
    "name", ["mfa_index", "mfa_view_recovery_codes", "mfa_generate_recovery_codes"]
)
def test_every_page_of_the_second_factor_opens(actor: Actor, name: str) -> None:
    _with_second_factor(actor)
    client = Client()
    client.force_login(actor.user)
    client.post(reverse("account_reauthenticate"), {"password": factories.PASSWORD})
    assert client.get(reverse(name)).status_code == 200


def test_a_changed_password_holds_and_ends_other_sessions(
    actor: Actor, journalled: Journalled
) -> None:
    here, there = Client(), Client()
    log_in(here, actor.user.email)
    log_in(there, actor.user.email)
    new = "another correct horse"
    data = {"oldpassword": factories.PASSWORD, "password1": new, "password2": new}
    assert here.post("/accounts/password/change/", data)["Location"] == "/account/"
    assert here.get("/account/").status_code == 200
    assert there.get("/account/").status_code == 302
    assert log_in(Client(), actor.user.email, new).status_code == 302
    assert "password.change" in journalled(actor)


@pytest.mark.parametrize("new", ["short", "1234567890", "password123"])
def test_a_weak_password_is_refused_with_the_reason(actor: Actor, new: str) -> None:
    client = Client()
    client.force_login(actor.user)
    data = {"oldpassword": factories.PASSWORD, "password1": new, "password2": new}
    answer = client.post("/accounts/password/change/", data)
    assert answer.status_code == 200
    assert "password" in answer.content.decode()
    actor.user.refresh_from_db()
    assert actor.user.check_password(factories.PASSWORD)


def test_a_temporary_password_leads_to_choosing_ones_own(actor: Actor) -> None:
    actor.user.password_is_temporary = True
    actor.user.save()
    client = Client()
    assert log_in(client, actor.user.email)["Location"] == "/accounts/password/change/"
    new = "another correct horse"
    data = {"oldpassword": factories.PASSWORD, "password1": new, "password2": new}
    client.post("/accounts/password/change/", data)
    actor.user.refresh_from_db()
    assert not actor.user.password_is_temporary


def test_log_in_brings_the_persons_language(actor: Actor) -> None:
    actor.user.language = "zh-hans"
    actor.user.save()
    assert log_in(Client(), actor.user.email).cookies["django_language"].value == "zh-hans"


def test_a_switched_off_person_is_told(actor: Actor) -> None:
    actor.user.is_active = False
    actor.user.save()
    answer = log_in(Client(), actor.user.email)
    assert answer["Location"] == "/accounts/inactive/"
    assert "switched off" in Client().get("/accounts/inactive/").content.decode()


def test_a_member_of_nothing_is_told_and_can_log_out(actor: Actor) -> None:
    client = Client()
    log_in(client, actor.user.email)
    Membership.objects.filter(user=actor.user).delete()
    answer = client.get("/account/", follow=True)
    assert answer.status_code == 403
    assert "no organisation" in answer.content.decode()
    assert client.post("/accounts/logout/").status_code == 302


@pytest.mark.parametrize(
    "closed",
    [
        "signup/",
        "email/",
        "confirm-email/",
        "confirm-email/key/",
        "password/set/",
        "password/reset/",
        "password/reset/done/",
        "password/reset/key/1-set-password/",
        "login/code/",
        "login/code/confirm/",
        "2fa/webauthn/",
        "3rdparty/",
        "sessions/",
    ],
)
@pytest.mark.parametrize("method", ["get", "post"])
def test_unused_pages_do_not_exist(actor: Actor, closed: str, method: str) -> None:
    for client in (Client(), Client()):
        assert getattr(client, method)(f"/accounts/{closed}").status_code == 404
        client.force_login(actor.user)
        assert getattr(client, method)(f"/accounts/{closed}").status_code == 404
