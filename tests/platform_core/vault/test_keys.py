import subprocess
import sys
import threading
from pathlib import Path

import pytest
from django.db import connection, connections

from platform_core.audit import api as audit
from platform_core.vault import api, keys
from platform_core.vault.models import DataKey, MasterKeyRecord, OrganisationKey
from tests import factories
from tests.platform_core.vault.objects import CONTEXT, read, write

READ_TWICE = """
import django, sys
django.setup()
from platform_core.vault import api
key = api.DataKey.objects.get(pk=sys.argv[1])
context = {"dataset": "d1", "version": "1", "shard": "0"}
def read():
    with api.open_reader(data_key=key, path=sys.argv[2], context=context) as reader:
        return reader.read().decode()
print(read(), flush=True)
sys.stdin.readline()
try:
    print(read())
except api.DataKeyShreddedError:
    print("gone")
"""


def test_every_key_is_wrapped_and_different(organisation):
    first = api.create_data_key(organisation=organisation, purpose="a")
    second = api.create_data_key(organisation=organisation, purpose="b")
    secrets = [keys.open_data_key(first), keys.open_data_key(second)]
    secrets.append(keys.open_organisation_key(OrganisationKey.objects.get()))
    assert len({*secrets}) == 3
    stored = bytes(first.wrapped) + bytes(second.wrapped) + bytes(first.organisation_key.wrapped)
    assert not any(secret in stored for secret in secrets)


def test_organisations_have_their_own_keys(organisation):
    other = factories.organisation()
    rows = [keys.organisation_key(owner.pk) for owner in (organisation, other, organisation)]
    assert rows[0].pk == rows[2].pk != rows[1].pk


def test_a_wrapped_key_put_into_another_row_does_not_open(organisation, data_key):
    other = api.create_data_key(organisation=organisation, purpose="other")
    DataKey.objects.filter(pk=other.pk).update(wrapped=data_key.wrapped)
    with pytest.raises(api.DecryptionError):
        keys.open_data_key(other)


def test_an_organisation_key_put_into_another_row_does_not_open(organisation, data_key):
    theirs = api.create_data_key(organisation=factories.organisation(), purpose="theirs")
    OrganisationKey.objects.filter(pk=theirs.organisation_key_id).update(
        wrapped=data_key.organisation_key.wrapped
    )
    with pytest.raises(api.DecryptionError):
        keys.open_data_key(theirs)


@pytest.mark.usefixtures("memory_store")
def test_shredding_is_final_for_readers_writers_and_blobs(data_key, path):
    write(data_key, path, b"content")
    sealed = api.seal(data_key=data_key, plaintext=b"x", context={})
    stale = DataKey.objects.get(pk=data_key.pk)
    api.shred(data_key=data_key)
    api.shred(data_key=data_key)
    assert data_key.is_shredded
    assert DataKey.objects.get(pk=data_key.pk).wrapped is None
    assert stale.wrapped is not None  # a copy in memory helps nobody
    attempts = [
        lambda: read(stale, path),
        lambda: write(stale, path, b"again"),
        lambda: api.seal(data_key=stale, plaintext=b"x", context={}),
        lambda: api.unseal(data_key=stale, sealed=sealed, context={}),
    ]
    for attempt in attempts:
        with pytest.raises(api.DataKeyShreddedError):
            attempt()


def test_a_shred_reaches_a_process_that_used_the_key_before(process_environment, settings):
    key = api.create_data_key(organisation=factories.organisation(), purpose="test")
    path = f"{key.organisation_id}/x/y"
    write(key, path, b"content", CONTEXT)
    with subprocess.Popen(
        [sys.executable, "-c", READ_TWICE, str(key.pk), path],
        env=process_environment,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as child:
        assert child.stdout.readline() == "content\n"
        api.shred(data_key=key)
        assert child.communicate("go on\n")[0] == "gone\n"


def stored(key) -> bytes:
    """What the database holds of a key: SQLite's whole file, since deleted bytes linger in it."""
    with connection.cursor() as cursor:
        if connection.vendor != "sqlite":
            cursor.execute("SELECT wrapped FROM vault_datakey WHERE id = %s", [key.pk])
            return bytes(cursor.fetchone()[0] or b"")
        cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        return Path(cursor.execute("PRAGMA database_list").fetchone()[2]).read_bytes()


def test_shredding_overwrites_the_key_in_the_database(transactional_db):
    key = api.create_data_key(organisation=factories.organisation(), purpose="test")
    wrapped = bytes(key.wrapped)
    assert wrapped in stored(key)
    api.shred(data_key=key)
    assert wrapped not in stored(key)


def test_creation_and_shredding_are_audited_where_somebody_acted(actor):
    key = api.create_data_key(organisation=actor.organisation, purpose="dataset", actor=actor)
    api.shred(data_key=key, actor=actor)
    api.shred(data_key=key, actor=actor)
    actions = [entry.action for entry in audit.entries(actor=actor).filter(target__contains=key.pk)]
    assert sorted(actions) == ["vault.key.create", "vault.key.shred"]


def test_first_uses_at_the_same_moment_make_one_organisation_key(transactional_db):
    owner = factories.organisation()
    gate = threading.Barrier(4)
    made = []

    def use():
        gate.wait()
        made.append(api.create_data_key(organisation=owner, purpose="race"))
        connections.close_all()

    threads = [threading.Thread(target=use) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len({key.organisation_key_id for key in made}) == 1
    assert len({keys.open_data_key(key) for key in made}) == 4


def test_a_lost_master_key_is_named_and_never_replaced(data_key, settings, tmp_path):
    used = MasterKeyRecord.objects.get().master_key_id
    settings.MASTER_KEY_URL = (tmp_path / "empty.key").as_uri()
    with pytest.raises(api.MasterKeyError, match=used):
        keys.open_data_key(data_key)
    with pytest.raises(api.MasterKeyError, match=used):
        api.create_data_key(organisation=factories.organisation(), purpose="new")


def test_an_unknown_kind_of_master_key_is_explained(organisation, settings):
    settings.MASTER_KEY_URL = "carrier-pigeon://loft"
    with pytest.raises(api.MasterKeyError, match="carrier-pigeon"):
        api.create_data_key(organisation=organisation, purpose="x")
