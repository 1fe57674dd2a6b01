import base64
import os
import subprocess
import sys

import pytest
from django.core.management import CommandError, call_command

from platform_core.vault import api, keys
from platform_core.vault.keyfiles import KeyFile
from platform_core.vault.models import MasterKeyRecord, OrganisationKey, SigningKey
from tests import factories
from tests.platform_core.vault.objects import CONTEXT, raw, read, write

DIE_AFTER_ONE = """
import django, os
django.setup()
from platform_core.vault import api
api.rotate_master_key(report=lambda row: os._exit(9))
"""


@pytest.fixture
def key_file(settings, tmp_path):
    settings.MASTER_KEY_URL = (tmp_path / "master.key").as_uri()
    return tmp_path / "master.key"


@pytest.fixture
def material(key_file, memory_store, organisation):
    """Three organisations with a file each, and a signature; returns a check that all of it still opens."""
    owned = []
    for owner in (organisation, factories.organisation(), factories.organisation()):
        key = api.create_data_key(organisation=owner, purpose="test")
        path = f"{owner.pk}/x/y"
        write(key, path, str(owner.pk).encode())
        owned.append((key, path))
    signature = api.sign(b"payload")

    def opens():
        api.verify_signature(b"payload", signature)
        return all(read(key, path) == str(key.organisation_id).encode() for key, path in owned)

    opens.paths = [path for _, path in owned]
    return opens


def master_key_ids():
    rows = [*OrganisationKey.objects.all(), *SigningKey.objects.all()]
    return {row.master_key_id for row in rows}


def test_rotation_wraps_every_key_anew_and_rewrites_no_data(material, key_file):
    before, stored = KeyFile(key_file).load(), [raw(path) for path in material.paths]
    (old_id,) = master_key_ids()
    done = api.rotate_master_key()
    assert (done.rewrapped, master_key_ids()) == (4, {done.master_key_id})
    assert done.master_key_id != old_id
    assert MasterKeyRecord.objects.get().master_key_id == done.master_key_id
    after = KeyFile(key_file).load()
    assert len(after) == 1
    assert after != before
    assert [raw(path) for path in material.paths] == stored
    assert material()
    assert api.create_data_key(organisation=factories.organisation(), purpose="later")


@pytest.mark.parametrize("survived", [0, 1, 3])
def test_an_interrupted_rotation_loses_nothing_and_goes_on(material, key_file, survived):
    seen = []

    def stop(row):
        seen.append(row)
        if len(seen) > survived:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        api.rotate_master_key(report=stop)
    assert len(KeyFile(key_file).load()) == 2
    assert material()
    api.create_data_key(organisation=factories.organisation(), purpose="meanwhile")
    done = api.rotate_master_key()
    assert done.rewrapped == 4 - len(seen)
    assert (len(KeyFile(key_file).load()), len(master_key_ids())) == (1, 1)
    assert material()


def test_a_rotation_killed_in_the_middle_is_finished_by_the_next(
    process_environment, settings, tmp_path
):
    made = [api.create_data_key(organisation=factories.organisation(), purpose="x") for _ in "ab"]
    before = [keys.open_data_key(key) for key in made]
    child = subprocess.run(
        [sys.executable, "-c", DIE_AFTER_ONE], env=process_environment, check=False
    )
    assert child.returncode == 9
    assert len(master_key_ids()) == 2
    assert [keys.open_data_key(key) for key in made] == before
    api.rotate_master_key()
    assert len(master_key_ids()) == 1
    assert [keys.open_data_key(key) for key in made] == before


def test_the_command_says_what_it_did(material, capsys):
    call_command("rotate_master_key")
    assert "4 keys wrapped anew" in capsys.readouterr().out
    assert material()


def test_a_key_in_the_environment_is_rotated_by_putting_a_new_one_in_front(
    organisation, settings, monkeypatch
):
    old, new = (base64.b64encode(os.urandom(32)).decode() for _ in range(2))
    settings.MASTER_KEY_URL = "env:TEST_MASTER"
    monkeypatch.setenv("TEST_MASTER", old)
    key = api.create_data_key(organisation=organisation, purpose="x")
    secret = keys.open_data_key(key)
    with pytest.raises(CommandError, match="TEST_MASTER=NEW,OLD"):
        call_command("rotate_master_key")
    monkeypatch.setenv("TEST_MASTER", f"{new},{old}")
    api.rotate_master_key()
    monkeypatch.setenv("TEST_MASTER", new)
    assert keys.open_data_key(key) == secret
    assert CONTEXT
