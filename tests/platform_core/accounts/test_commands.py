"""Keys and members without a browser."""

import os
import subprocess
import sys

import pytest
from django.core.management import call_command

from platform_core.accounts.api import (
    Actor,
    ApiKey,
    Membership,
    Organisation,
    User,
    actor_of_secret,
    create_organisation,
)

pytestmark = pytest.mark.django_db
Captured = pytest.CaptureFixture[str]


def refused(capsys: Captured, *words: str, **options: object) -> str:
    """Run a command that must refuse; return its one sentence."""
    with pytest.raises(SystemExit) as ended:
        call_command(*words, **options)
    assert ended.value.code == 1
    output = capsys.readouterr()
    assert output.out == ""
    assert output.err.count("\n") == 1
    return output.err


def test_create_prints_the_key_and_nothing_else(actor: Actor, capsys: Captured) -> None:
    call_command("apikey", "create", "--user", actor.user.email.upper(), "--scope", "all")
    output = capsys.readouterr()
    assert output.err == ""
    assert actor_of_secret(output.out.removesuffix("\n")).user == actor.user


def test_create_takes_scopes_name_and_days(actor: Actor, capsys: Captured) -> None:
    words = ["--scope", "read,predict", "--scope", "data", "--name", "shop", "--days", "30"]
    call_command("apikey", "create", "--user", actor.user.email, *words)
    key = ApiKey.objects.get()
    assert (key.name, key.scopes) == ("shop", ["data", "predict", "read"])
    assert 29 <= (key.expires_at - key.created_at).days <= 30


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (["--scope", "root"], "There is no scope “root”"),
        (["--scope", "all", "--organisation", "nowhere"], "There is no organisation nowhere"),
        (["--scope", "all", "--days", "0"], "--days"),
        (["--scope", "all", "--name", ""], "name"),
    ],
)
def test_create_refuses_in_one_sentence(
    actor: Actor, capsys: Captured, words: list[str], expected: str
) -> None:
    assert expected in refused(capsys, "apikey", "create", "--user", actor.user.email, *words)
    assert not ApiKey.objects.exists()


def test_create_refuses_an_unknown_person(db: None, capsys: Captured) -> None:
    words = refused(capsys, "apikey", "create", "--user", "no@x.example", "--scope", "all")
    assert words == "There is no user no@x.example.\n"


def test_a_person_of_several_organisations_names_one(actor: Actor, capsys: Captured) -> None:
    second = create_organisation(actor=actor, name="Second")
    words = ["apikey", "create", "--user", actor.user.email, "--scope", "all"]
    assert "--organisation" in refused(capsys, *words)
    call_command(*words, "--organisation", "second")
    assert actor_of_secret(capsys.readouterr().out.strip()).organisation == second


@pytest.mark.parametrize("by", ["secret", "id", "prefix"])
def test_revoke_takes_the_key_its_id_or_how_it_is_shown(
    actor: Actor, capsys: Captured, by: str
) -> None:
    call_command("apikey", "create", "--user", actor.user.email, "--scope", "all")
    secret, key = capsys.readouterr().out.strip(), ApiKey.objects.get()
    call_command(
        "apikey", "revoke", {"secret": secret, "id": str(key.pk), "prefix": key.prefix}[by]
    )
    assert actor_of_secret(secret) is None


def test_revoke_refuses_an_unknown_key(db: None, capsys: Captured) -> None:
    assert "no such key" in refused(capsys, "apikey", "revoke", "pq_unknown")


def test_the_first_owner_founds_an_organisation(db: None, capsys: Captured) -> None:
    call_command(
        "member", "add", "--user", "o@acme.example", "--role", "owner", "--new-organisation", "Acme"
    )
    password = capsys.readouterr().out.strip()
    assert User.objects.get(email="o@acme.example").check_password(password)
    assert Membership.objects.get(organisation__slug="acme").role == "owner"


def test_a_member_joins_the_only_organisation(actor: Actor, capsys: Captured) -> None:
    call_command("member", "add", "--user", "new@x.example", "--role", "analyst")
    assert Membership.objects.get(user__email="new@x.example").organisation == actor.organisation


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (["--user", "nobody"], "not an e-mail address"),
        (["--user", "a@b.example", "--role", "king"], "There is no role “king”"),
        (["--user", "a@b.example", "--organisation", "nowhere"], "no organisation nowhere"),
    ],
)
def test_member_add_refuses_in_one_sentence(
    actor: Actor, capsys: Captured, words: list[str], expected: str
) -> None:
    assert expected in refused(capsys, "member", "add", *words)


def test_a_refused_first_owner_leaves_no_organisation(db: None, capsys: Captured) -> None:
    refused(capsys, "member", "add", "--user", "nobody", "--new-organisation", "Acme")
    assert not Organisation.objects.exists()


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(("email", "status"), [("", 0), ("no@x.example", 1)])
def test_the_real_command_line(
    actor: Actor, process_environment: dict[str, str], email: str, status: int
) -> None:
    words = ["apikey", "create", "--user", email or actor.user.email, "--scope", "all"]
    done = subprocess.run(
        [sys.executable, "manage.py", *words],
        env=process_environment | {"PATH": os.environ["PATH"]},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == status, done.stderr
    if status == 0:
        assert actor_of_secret(done.stdout.removesuffix("\n")) is not None
    else:
        assert (done.stdout, done.stderr) == ("", "There is no user no@x.example.\n")
