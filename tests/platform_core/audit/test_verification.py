"""Somebody with full access to the database cannot rewrite the past unnoticed.

The test run has no triggers (tests/conftest.py), so raw SQL here does what a thief could who has the
rights to drop them.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.db import connection

from platform_core.accounts.api import Actor
from platform_core.audit import api, chain, signing
from platform_core.audit.models import ChainHead, Entry, SignedHead

pytestmark = pytest.mark.django_db
ENTRIES = 6


@dataclass(frozen=True)
class Signature:
    key_id: str
    value: bytes


@pytest.fixture
def signer() -> Iterator[None]:
    """A real Ed25519 signer in the vault's place."""
    key = Ed25519PrivateKey.generate()

    def check(payload: bytes, key_id: str, value: bytes) -> bool:
        try:
            key.public_key().verify(value, payload)
        except InvalidSignature:
            return False
        return key_id == "k1"

    before = signing.present()
    api.use_signer(lambda payload: Signature("k1", key.sign(payload)), check)
    yield
    api.use_signer(*before)


@pytest.fixture
def log(actor: Actor) -> Actor:
    for number in range(ENTRIES):
        api.record(actor=actor, action="dataset.create", target=f"dataset:{number}")
    return actor


def sql(statement: str, *values: object) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)


def entry(log: Actor, sequence: int) -> Entry:
    return Entry.objects.owned_by(log.organisation).get(sequence=sequence)


def rewrite_from(log: Actor, sequence: int) -> None:
    """Change an entry and compute every later hash anew: what a careful forger does."""
    previous = entry(log, sequence).previous_hash
    for number in range(sequence, ENTRIES + 1):
        row = entry(log, number)
        row.previous_hash = previous
        if number == sequence:
            row.action = "dataset.forged"
        previous = chain.entry_hash(row)
        sql(
            "UPDATE audit_entry SET action = %s, previous_hash = %s, hash = %s WHERE sequence = %s",
            row.action,
            row.previous_hash,
            previous,
            number,
        )
    sql("UPDATE audit_chainhead SET hash = %s", previous)


def test_an_untouched_chain_is_whole(log: Actor) -> None:
    found = api.verify(organisation=log.organisation)
    assert found.ok
    assert (found.checked, found.first_bad_id) == (ENTRIES, "")


def test_an_organisation_without_entries_is_whole(actor: Actor) -> None:
    assert api.verify(organisation=actor.organisation).ok


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("action", "dataset.read"),
        ("target", "dataset:9"),
        ("details_text", '{"n":2}'),
        ("api_key_id", "somebody"),
        ("request_id", "another"),
        ("user_id", None),
        ("created_at", "2020-01-01 00:00:00+00:00"),
        ("hash", "f" * 64),
    ],
)
def test_a_changed_column_is_found(log: Actor, column: str, value: object) -> None:
    sql(f"UPDATE audit_entry SET {column} = %s WHERE sequence = 3", value)  # noqa: S608
    found = api.verify(organisation=log.organisation)
    assert (found.ok, found.checked) == (False, 2)
    assert found.first_bad_id == str(entry(log, 3).pk)
    assert "Entry 3" in found.message


def test_a_missing_entry_is_found(log: Actor) -> None:
    sql("DELETE FROM audit_entry WHERE sequence = 3")
    found = api.verify(organisation=log.organisation)
    assert (found.ok, found.checked) == (False, 2)
    assert "Entry 3 is missing" in found.message


def test_a_cut_off_end_is_found(log: Actor) -> None:
    sql("DELETE FROM audit_entry WHERE sequence > 4")
    found = api.verify(organisation=log.organisation)
    assert (found.ok, found.checked) == (False, 4)


def test_a_head_set_back_is_found(log: Actor) -> None:
    sql("UPDATE audit_chainhead SET sequence = 4, hash = %s", entry(log, 4).hash)
    assert not api.verify(organisation=log.organisation).ok


def test_a_removed_head_is_found(log: Actor) -> None:
    ChainHead.objects.all().delete()
    assert not api.verify(organisation=log.organisation).ok


def test_a_chain_forged_anew_passes_without_signed_heads(log: Actor) -> None:
    """Why heads are signed: hashes alone can all be computed again."""
    rewrite_from(log, 3)
    assert api.verify(organisation=log.organisation).ok


def test_a_chain_forged_anew_contradicts_the_signed_head(signer: None, log: Actor) -> None:
    signing.sign_head(organisation=log.organisation)
    rewrite_from(log, 3)
    found = api.verify(organisation=log.organisation)
    assert not found.ok
    assert "signature" in found.message


def test_a_forged_signed_head_is_found(signer: None, log: Actor) -> None:
    signing.sign_head(organisation=log.organisation)
    rewrite_from(log, 3)
    sql("UPDATE audit_signedhead SET hash = %s", entry(log, ENTRIES).hash)
    assert not api.verify(organisation=log.organisation).ok


def test_cutting_off_the_end_with_its_head_contradicts_the_signed_head(
    signer: None, log: Actor
) -> None:
    signing.sign_head(organisation=log.organisation)
    sql("DELETE FROM audit_entry WHERE sequence > 4")
    sql("UPDATE audit_chainhead SET sequence = 4, hash = %s", entry(log, 4).hash)
    assert not api.verify(organisation=log.organisation).ok


def test_every_64th_entry_signs_the_head(signer: None, actor: Actor) -> None:
    for number in range(130):
        api.record(actor=actor, action="a.b", target=f"x:{number}")
    heads = SignedHead.objects.owned_by(actor.organisation)
    assert list(heads.values_list("sequence", flat=True)) == [64, 128]
    assert api.verify(organisation=actor.organisation).ok


def test_a_long_chain_is_checked_in_pieces(log: Actor) -> None:
    first = api.verify(organisation=log.organisation, most=4)
    assert (first.ok, first.checked, first.rest) == (True, 4, ENTRIES - 4)
    rest = api.verify(organisation=log.organisation, after=first.checked, most=4)
    assert (rest.ok, rest.checked, rest.rest) == (True, ENTRIES, 0)


@pytest.mark.parametrize(("changed", "checked"), [(5, 4), (2, ENTRIES)])
def test_a_piece_finds_what_was_changed_in_it(log: Actor, changed: int, checked: int) -> None:
    sql("UPDATE audit_entry SET action = 'x' WHERE sequence = %s", changed)
    assert api.verify(organisation=log.organisation, after=3).checked == checked
    assert not api.verify(organisation=log.organisation).ok


def test_a_piece_cannot_begin_behind_an_entry_that_is_not_there(log: Actor) -> None:
    sql("DELETE FROM audit_entry WHERE sequence = 3")
    assert not api.verify(organisation=log.organisation, after=3).ok
    assert not api.verify(organisation=log.organisation, after=10**6).ok
