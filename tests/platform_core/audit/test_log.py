"""The log records who did what, keeps it, and shows it to its own organisation only."""

import threading

import pytest
from django.db import DatabaseError, connection, transaction

from platform_core.accounts.api import Actor, Organisation, Role, platform_actor
from platform_core.audit import api, triggers
from platform_core.audit.errors import EntryImmutableError
from platform_core.audit.models import Entry, SignedHead
from platform_core.errors import PermissionDeniedError
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def sealed(db: None) -> None:
    """The triggers every installed platform has; the test run takes them away (tests/conftest.py)."""
    triggers.install(connection)


def write(actor: Actor, number: int = 1) -> Entry:
    api.record(
        actor=actor, action="dataset.create", target=f"dataset:{number}", details={"n": number}
    )
    return Entry.objects.owned_by(actor.organisation).order_by("-sequence")[0]


def test_an_entry_keeps_ids_and_no_personal_data(actor: Actor) -> None:
    entry = write(actor)
    assert (entry.sequence, entry.user_id, entry.details) == (1, actor.user.pk, {"n": 1})
    stored = " ".join(str(value) for value in Entry.objects.values().get().values())
    assert actor.user.email not in stored


def test_the_platform_acts_without_a_person(organisation: Organisation) -> None:
    assert write(platform_actor(organisation)).user_id is None


def test_each_entry_names_the_hash_before_it(actor: Actor) -> None:
    first, second = write(actor, 1), write(actor, 2)
    assert first.previous_hash == "0" * 64
    assert second.previous_hash == first.hash


def test_organisations_have_chains_of_their_own(actor: Actor, stranger: Actor) -> None:
    write(actor), write(actor)
    assert write(stranger).sequence == 1


def test_an_entry_goes_when_the_action_it_describes_is_rolled_back(actor: Actor) -> None:
    with transaction.atomic():
        write(actor)
        transaction.set_rollback(True)
    assert not Entry.objects.exists()
    assert write(actor).sequence == 1


@pytest.mark.parametrize(
    ("action", "target"), [("", "x:1"), ("Bad Action", "x:1"), ("a.b", ""), ("a.b", "x" * 201)]
)
def test_a_malformed_entry_is_an_error_of_the_caller(
    actor: Actor, action: str, target: str
) -> None:
    with pytest.raises(ValueError, match="malformed audit entry"):
        api.record(actor=actor, action=action, target=target)


def test_details_beyond_8_kib_leave_their_size_and_hash(actor: Actor) -> None:
    api.record(actor=actor, action="a.b", target="x:1", details={"text": "x" * 9000})
    omitted = Entry.objects.get().details["omitted"]
    assert omitted["bytes"] > 9000
    assert len(omitted["sha256"]) == 64


@pytest.mark.parametrize(
    "value", ["\x00", "\ud800", "数据", 1e22, 0.1, -0.0, 2**80, None, [], {"b": [1]}]
)
def test_any_json_value_survives_storage_and_verification(actor: Actor, value: object) -> None:
    api.record(actor=actor, action="a.b", target="x:1", details={"value": value})
    assert Entry.objects.get().details == {"value": value}
    assert api.verify(organisation=actor.organisation).ok


def test_the_orm_refuses_to_change_or_delete(actor: Actor) -> None:
    entry = write(actor)
    for forbidden in (
        entry.save,
        entry.delete,
        Entry.objects.all().delete,
        lambda: Entry.objects.update(action="x"),
        lambda: Entry.objects.bulk_update([entry], ["action"]),
    ):
        with pytest.raises(EntryImmutableError):
            forbidden()


OF_ITS_OWN = {
    "sqlite": "INSERT OR REPLACE INTO audit_entry SELECT * FROM audit_entry",
    "postgresql": "TRUNCATE audit_entry CASCADE",
}


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE audit_entry SET action = 'x'",
        "DELETE FROM audit_entry",
        "DELETE FROM audit_signedhead",
        OF_ITS_OWN[connection.vendor],
    ],
)
def test_the_database_refuses_too(actor: Actor, sealed: None, statement: str) -> None:
    entry = write(actor)
    SignedHead.objects.create(
        organisation=actor.organisation, sequence=1, hash=entry.hash, key_id="k", signature=b"s"
    )
    connection.check_constraints()  # PostgreSQL truncates nothing with checks outstanding
    with (
        pytest.raises(DatabaseError, match="only ever added"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(statement)
    assert Entry.objects.get().action == "dataset.create"


def test_a_second_organisation_does_not_see_an_entry(actor: Actor, stranger: Actor) -> None:
    write(actor)
    assert api.entries(actor=actor).count() == 1
    assert api.entries(actor=stranger).count() == 0


@pytest.mark.parametrize("role", [Role.ML_ENGINEER, Role.ANALYST, Role.VIEWER])
def test_lower_roles_do_not_read_the_log(organisation: Organisation, role: Role) -> None:
    with pytest.raises(PermissionDeniedError):
        api.entries(actor=factories.actor(organisation, role))


@pytest.mark.django_db(transaction=True)
def test_concurrent_writers_never_fork_the_chain(actor: Actor) -> None:
    failures: list[Exception] = []

    def writer() -> None:
        try:
            for number in range(20):
                api.record(actor=actor, action="a.b", target=f"x:{number}")
        except Exception as error:  # noqa: BLE001  (reported by the assertion below)
            failures.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=writer) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    verified = api.verify(organisation=actor.organisation)
    assert (verified.ok, verified.checked) == (True, 80)
