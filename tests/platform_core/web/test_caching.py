"""The cache keeps JSON and nothing that runs, on files and on Redis alike."""

import pickle  # noqa: TID251  (planted, to see that nobody runs it)
import threading
import uuid
from pathlib import Path

import pytest
from django.core.cache import cache
from django.core.cache.backends.base import BaseCache

from platform_core.web.caching import JsonFileCache, JsonSerializer


class Trap:
    """Touches a file when it is unpickled."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self):
        return (Path.touch, (self.path,))


@pytest.fixture(params=["configured", "files"])
def kept(request: pytest.FixtureRequest, tmp_path: Path) -> BaseCache:
    """The cache the settings name, and the one of files."""
    return cache if request.param == "configured" else JsonFileCache(str(tmp_path), {})


@pytest.fixture
def key() -> str:
    return uuid.uuid4().hex


@pytest.mark.parametrize("value", [0, 7, True, 1.5, "文", None, [1.25, 2.5], {"a": [None]}])
def test_a_value_comes_back_as_it_was(kept: BaseCache, key: str, value: object) -> None:
    kept.set(key, value, 60)
    assert kept.get(key, "default") == value
    assert type(kept.get(key)) is type(value)


def test_numbers_are_counted_up(kept: BaseCache, key: str) -> None:
    kept.set(key, 1, 60)
    assert kept.incr(key) == 2
    assert kept.get(key) == 2


def test_what_json_cannot_hold_is_made_anew(kept: BaseCache, key: str) -> None:
    kept.set(key, [object()], 60)
    assert kept.get(key) is None


def test_values_expire_and_can_be_given_more_time(kept: BaseCache, key: str) -> None:
    kept.set(key, "x", -1)
    assert kept.get(key, "gone") == "gone"
    kept.set(key, "y", 60)
    assert kept.touch(key, 0) is True
    assert kept.get(key, "gone") == "gone"
    assert kept.touch(key) is False


def test_of_many_who_add_at_once_one_succeeds(kept: BaseCache, key: str) -> None:
    gate, told = threading.Barrier(8), []

    def add() -> None:
        gate.wait()
        told.append(kept.add(key, 1, 60))

    threads = [threading.Thread(target=add) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(told) == [False] * 7 + [True]


def test_an_expired_value_can_be_added_again(kept: BaseCache, key: str) -> None:
    kept.set(key, "old", -1)
    assert kept.add(key, "new", 60) is True


def test_a_planted_pickle_is_not_run(tmp_path: Path) -> None:
    planted, files = pickle.dumps(Trap(tmp_path / "ran")), JsonFileCache(str(tmp_path / "c"), {})
    Path(files._key_to_file("key")).write_bytes(planted + planted)
    assert files.get("key") is None
    assert JsonSerializer().loads(planted) is None
    assert not (tmp_path / "ran").exists()
