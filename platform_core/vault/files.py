"""Opens encrypted files: finds the key, checks the place, and hands out a writer or reader."""

from collections.abc import Callable, Mapping

from platform_core.vault import keys, reader, store, stream
from platform_core.vault.errors import ObjectPathError
from platform_core.vault.models import DataKey
from platform_core.vault.reader import EncryptedReader
from platform_core.vault.stream import ChunkCipher, Place
from platform_core.vault.writer import EncryptedWriter


def open_writer(*, data_key: DataKey, path: str, context: Mapping[str, str]) -> EncryptedWriter:
    """Open `path` for writing; an object already there is replaced when the writer closes.

    Args:
        data_key: encrypts; must belong to the organisation in the path.
        path: `<organisation id>/<kind>/<id>/<name>`.
        context: what the file is, in words of the caller; the reader must give the same.

    Raises:
        DataKeyShreddedError: the key was destroyed.
        ObjectPathError: malformed, or another organisation's.
    """
    place = _place(data_key, path, context)
    header = stream.new_header()
    cipher = ChunkCipher(data_key=keys.open_data_key(data_key), header=header, place=place)
    return EncryptedWriter(sink=store.Sink(path), cipher=cipher, header=header)


def open_reader(*, data_key: DataKey, path: str, context: Mapping[str, str]) -> EncryptedReader:
    """Open `path` for reading, at any position.

    Raises:
        DataKeyShreddedError: the key was destroyed.
        DecryptionError: wrong key or context, or the file was altered, moved or cut short.
        ObjectMissingError: there is no such object.
        ObjectPathError: malformed, or another organisation's.
    """
    return opener(data_key=data_key)(path, context)


def opener(*, data_key: DataKey) -> Callable[[str, Mapping[str, str]], EncryptedReader]:
    """Return what opens files of one key as `open_reader` does, without asking the database again.

    For one file kept in several objects, read by a library's own threads, which must not touch the
    database; a key shredded meanwhile is noticed by the next opener.
    """
    secret = keys.open_data_key(data_key)

    def open_one(path: str, context: Mapping[str, str]) -> EncryptedReader:
        place = _place(data_key, path, context)
        first = reader.open_first(path)
        header = bytes(first.data[: stream.HEADER_BYTES])
        cipher = ChunkCipher(data_key=secret, header=header, place=place)
        return EncryptedReader(path=path, first=first, cipher=cipher)

    return open_one


def _place(data_key: DataKey, path: str, context: Mapping[str, str]) -> Place:
    owner = str(data_key.organisation_id)
    if store.check_path(path).partition("/")[0] != owner:
        raise ObjectPathError(f"{path!r} does not begin with the organisation {owner}.")
    return Place(owner, str(data_key.pk), path, context)
