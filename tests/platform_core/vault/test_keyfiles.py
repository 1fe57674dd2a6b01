import base64
import os
import subprocess
import sys
import time

import pytest

from platform_core.vault.errors import MasterKeyError
from platform_core.vault.keyfiles import KeyFile, KeyVariable

RACE = """
import sys, pathlib, time
from platform_core.vault.keyfiles import KeyFile
file = KeyFile(pathlib.Path(sys.argv[1]))
while time.time() < float(sys.argv[2]): pass
print(file.create_first()[0].hex())
"""


@pytest.fixture
def file(tmp_path):
    return tmp_path / "keys" / "master.key"


def test_the_first_use_makes_one_key_only_its_owner_can_read(file):
    assert KeyFile(file).load() == []
    (key,) = KeyFile(file).create_first()
    assert len(key) == 32
    assert KeyFile(file).load() == [key]
    assert (file.stat().st_mode & 0o777, file.parent.stat().st_mode & 0o777) == (0o600, 0o700)
    assert [entry.name for entry in file.parent.iterdir()] == ["master.key"]


def test_processes_that_start_at_once_agree_on_one_key(file):
    start = str(time.time() + 2)
    command = [sys.executable, "-c", RACE, str(file), start]
    processes = [subprocess.Popen(command, stdout=subprocess.PIPE) for _ in range(5)]
    assert len({process.communicate()[0] for process in processes}) == 1
    assert len(KeyFile(file).load()) == 1


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660, 0o644])
def test_a_file_others_can_read_is_refused_with_the_command_that_mends_it(file, mode):
    KeyFile(file).create_first()
    file.chmod(mode)
    with pytest.raises(MasterKeyError) as refusal:
        KeyFile(file).load()
    assert refusal.value.remedy == f"Run: chmod 600 {file}"


@pytest.mark.parametrize("text", ["nonsense", base64.b64encode(b"short").decode(), "é"])
def test_a_file_without_keys_is_refused(file, text):
    KeyFile(file).create_first()
    file.write_text(text)
    with pytest.raises(MasterKeyError, match="does not hold master keys"):
        KeyFile(file).load()


def test_a_new_key_stands_before_the_old_one_until_that_is_dropped(file):
    source = KeyFile(file)
    old = source.create_first()
    grown = source.add(old)
    assert source.load() == grown == [grown[0], *old]
    source.keep_only_current(grown)
    assert source.load() == grown[:1]
    assert file.stat().st_mode & 0o777 == 0o600


def test_an_environment_variable_holds_one_or_more_keys(monkeypatch):
    old, new = (base64.b64encode(os.urandom(32)).decode() for _ in range(2))
    monkeypatch.setenv("THE_KEY", f"{new},{old}")
    assert KeyVariable("THE_KEY").load() == [base64.b64decode(new), base64.b64decode(old)]
    monkeypatch.setenv("THE_KEY", "")
    assert KeyVariable("THE_KEY").load() == []
    with pytest.raises(MasterKeyError) as refusal:
        KeyVariable("THE_KEY").create_first()
    assert "openssl rand" in refusal.value.remedy
