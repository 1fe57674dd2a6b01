"""Encrypted fields, on a table made for these tests."""

import pytest
from django.core import serializers
from django.db import connection, models

from platform_core.accounts.api import OwnedModel
from platform_core.vault import api, fields
from tests import factories


class Secretive(OwnedModel):
    """A row with secrets."""

    note = api.EncryptedTextField(null=True)
    facts = api.EncryptedJSONField(null=True)

    class Meta:
        app_label = "vault"
        db_table = "test_secretive"


@pytest.fixture
def table(transactional_db):
    """The test run made it with all others: its model is known before the database is."""
    fields._opened.clear()
    return Secretive.objects


@pytest.fixture
def owner(table):
    return factories.organisation()


def column(row, name="note"):
    with connection.cursor() as cursor:
        pk = row.pk.hex if connection.vendor == "sqlite" else str(row.pk)
        cursor.execute(f"SELECT {name} FROM test_secretive WHERE id = %s", [pk])  # noqa: S608
        return bytes(cursor.fetchone()[0])


def test_values_come_back_and_lie_encrypted(table, owner):
    row = table.create(organisation=owner, note="hunter2 ü", facts={"card": [4111, None]})
    assert (row.note, row.facts) == ("hunter2 ü", {"card": [4111, None]})
    again = table.get(pk=row.pk)
    assert (again.note, again.facts) == ("hunter2 ü", {"card": [4111, None]})
    assert b"hunter2" not in column(row)
    assert b"4111" not in column(row, "facts")


def test_null_stays_null_and_deferred_values_load(table, owner):
    row = table.create(organisation=owner, note="x")
    assert table.get(pk=row.pk).facts is None
    assert table.defer("note").get(pk=row.pk).note == "x"
    assert table.filter(facts__isnull=True).count() == 1


def test_saving_an_unread_value_leaves_its_ciphertext_alone(table, owner):
    row = table.create(organisation=owner, note="x", facts={"n": 1})
    before = column(row)
    again = table.get(pk=row.pk)
    again.facts["n"] = 2
    again.save()
    assert column(row) == before
    assert table.get(pk=row.pk).facts == {"n": 2}


def test_bulk_creation_encrypts(table, owner):
    table.bulk_create([Secretive(organisation=owner, note=str(n)) for n in range(3)])
    assert sorted(row.note for row in table.all()) == ["0", "1", "2"]


def test_listing_many_rows_opens_the_organisation_key_once(
    table, owner, django_assert_max_num_queries
):
    table.bulk_create([Secretive(organisation=owner, note=str(n)) for n in range(20)])
    with django_assert_max_num_queries(2):
        assert len({row.note for row in table.all()}) == 20


def test_a_value_moved_to_another_row_column_or_organisation_does_not_open(table, owner):
    row = table.create(organisation=owner, note='"x"', facts="y")
    others = [
        table.create(organisation=owner, note="mine"),
        table.create(organisation=factories.organisation(), note="mine"),
    ]
    with connection.cursor() as cursor:
        cursor.execute("UPDATE test_secretive SET facts = note")
        for other in others:
            cursor.execute(
                "UPDATE test_secretive SET note = %s WHERE id = %s",
                [column(row), other.pk.hex if connection.vendor == "sqlite" else str(other.pk)],
            )
    for other in others:
        with pytest.raises(api.DecryptionError):
            _ = table.get(pk=other.pk).note
    with pytest.raises(api.DecryptionError):
        _ = table.get(pk=row.pk).facts
    assert table.get(pk=row.pk).note == '"x"'


def test_no_way_around_the_encryption_is_open(table, owner):
    row = table.create(organisation=owner, note="x")
    with pytest.raises(TypeError, match="encrypted"):
        table.update(note="plain")
    with pytest.raises(TypeError, match="encrypted"):
        table.filter(note="x").exists()
    with pytest.raises(TypeError, match="encrypted"):
        serializers.serialize("json", [row])
    with pytest.raises(TypeError, match="takes text"):
        table.create(organisation=owner, note=5)


def test_validation_and_migrations_see_an_ordinary_field(table, owner):
    row = Secretive(organisation=owner, note="x", facts={})
    row.full_clean()
    field = Secretive._meta.get_field("note")
    assert field.deconstruct()[1].endswith("EncryptedTextField")
    assert isinstance(field, models.BinaryField)
