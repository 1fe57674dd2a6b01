"""Every store passes the same tests: local disk, memory, and S3 spoken over real HTTP."""

import os
import secrets

import boto3
import pytest
from moto.server import ThreadedMotoServer

from platform_core.vault import api, store
from platform_core.vault.stream import CHUNK_BYTES
from tests.platform_core.vault.objects import CONTEXT, put_raw, raw, read, write


@pytest.fixture(scope="module")
def s3():
    """A real S3 server in this process's neighbour thread; yields (address, client)."""
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    address = f"http://{host}:{port}"
    client = boto3.client(
        "s3",
        endpoint_url=address,
        aws_access_key_id="test",
        aws_secret_access_key="test",
        region_name="us-east-1",
    )
    client.create_bucket(Bucket="models")
    yield address, client
    server.stop()


@pytest.fixture(params=["file", "memory", "s3"])
def any_store(request, settings, tmp_path, monkeypatch):
    if request.param == "file":
        settings.STORE_URL = (tmp_path / "a folder").as_uri()
    elif request.param == "memory":
        settings.STORE_URL = f"memory://{secrets.token_hex(8)}"
    else:
        monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
        monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")
        address, _ = request.getfixturevalue("s3")
        prefix = secrets.token_hex(4)
        settings.STORE_URL = f"s3://models/{prefix}?endpoint={address}&region=us-east-1"
    return request.param


@pytest.mark.usefixtures("any_store")
def test_objects_are_written_listed_measured_and_deleted():
    for name in ("a/x/1", "a/x/2", "a/xy/3", "b/x/1"):
        put_raw(name, b"12345")
    assert sorted(api.list_objects("a/x")) == ["a/x/1", "a/x/2"]
    assert sorted(api.list_objects("a/")) == ["a/x/1", "a/x/2", "a/xy/3"]
    assert list(api.list_objects("nothing")) == []
    assert api.object_size("a/x/1") == 5
    assert store.read_piece("a/x/1", 1, 2) == store.Piece(b"23", 5)
    api.delete_object("a/x/1")
    api.delete_object("a/x/1")
    assert not api.exists("a/x/1")
    assert api.exists("a/x/2")


@pytest.mark.usefixtures("any_store")
def test_a_missing_object_is_named():
    for ask in (api.object_size, raw):
        with pytest.raises(api.ObjectMissingError, match="a/none"):
            ask("a/none")


@pytest.mark.usefixtures("any_store")
def test_large_encrypted_files_survive_and_can_be_read_in_ranges(data_key, path):
    content = os.urandom(21 * CHUNK_BYTES + 5)  # more than two parts of a multi-part upload
    with api.open_writer(data_key=data_key, path=path, context=CONTEXT) as writer:
        for start in range(0, len(content), 3_000_000):
            writer.write(content[start : start + 3_000_000])
            assert not api.exists(path)
    with api.open_reader(data_key=data_key, path=path, context=CONTEXT) as reader:
        assert reader.size == len(content)
        reader.seek(10 * CHUNK_BYTES - 3)
        assert reader.read(6) == content[10 * CHUNK_BYTES - 3 : 10 * CHUNK_BYTES + 3]
        reader.seek(0)
        assert reader.read() == content


@pytest.mark.usefixtures("any_store")
def test_an_aborted_large_upload_is_never_visible(data_key, path, organisation):
    writer = api.open_writer(data_key=data_key, path=path, context=CONTEXT)
    writer.write(os.urandom(20 * CHUNK_BYTES))
    writer.abort()
    assert not api.exists(path)
    assert list(api.list_objects(str(organisation.pk))) == []


@pytest.mark.usefixtures("any_store")
def test_an_empty_object_is_not_an_encrypted_file(data_key, path):
    put_raw(path, b"")
    with pytest.raises(api.DecryptionError):
        read(data_key, path)


@pytest.mark.parametrize(
    "bad",
    ["", "/etc/passwd", "a/../b", "../a", "a//b", "a/", "a/.hidden", "a\\b", "a/b#1", "a/%2e%2e/b",
     "a/b\n", "a/é", "a\0b", "a/" + "b" * 200, "/".join("abcdefghi")],
)  # fmt: skip
def test_paths_that_could_leave_the_store_are_refused(bad, data_key, settings, tmp_path):
    settings.STORE_URL = tmp_path.as_uri()
    for ask in (api.exists, api.object_size, api.delete_object, store.Sink, raw):
        with pytest.raises(api.ObjectPathError):
            ask(bad)
    for ask in (read, lambda key, name: write(key, name, b"")):
        with pytest.raises(api.ObjectPathError):
            ask(data_key, bad)
    assert list(tmp_path.iterdir()) == []


def test_local_objects_lie_in_a_folder_only_the_owner_may_enter(settings, tmp_path):
    settings.STORE_URL = (tmp_path / "objects").as_uri()
    put_raw("a/b", b"x")
    assert (tmp_path / "objects").stat().st_mode & 0o777 == 0o700


def test_no_plaintext_reaches_the_disk(data_key, path, settings, tmp_path):
    settings.STORE_URL = tmp_path.as_uri()
    marker = b"a very recognisable customer name"
    writer = api.open_writer(data_key=data_key, path=path, context=CONTEXT)
    writer.write(marker * 600_000)
    staged = [file for file in tmp_path.rglob("*") if file.is_file()]
    assert staged
    writer.close()
    for file in [*staged, *tmp_path.rglob("*")]:
        assert not file.is_file() or marker not in file.read_bytes()


def test_a_store_that_does_not_answer_is_a_temporary_refusal(settings, monkeypatch):
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")
    settings.STORE_URL = "s3://models/x?endpoint=http://127.0.0.1:9&region=us-east-1"
    with pytest.raises(api.StoreUnavailableError) as refusal:
        api.object_size("a/b")
    assert (refusal.value.status, refusal.value.permanent) == (503, False)
    assert "127.0.0.1" not in refusal.value.detail


def test_an_unknown_kind_of_store_is_explained(settings):
    settings.STORE_URL = "ftp://somewhere"
    with pytest.raises(api.StoreUnavailableError, match="ftp"):
        api.exists("a/b")
