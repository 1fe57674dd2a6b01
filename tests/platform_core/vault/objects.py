"""Writes and reads objects of the store, encrypted and raw."""

from platform_core.vault import api, store

CONTEXT = {"dataset": "d1", "version": "1", "shard": "0"}


def write(data_key, path, content, context=CONTEXT):
    with api.open_writer(data_key=data_key, path=path, context=context) as writer:
        writer.write(content)


def read(data_key, path, context=CONTEXT):
    with api.open_reader(data_key=data_key, path=path, context=context) as reader:
        return reader.read()


def raw(path):
    return bytes(store.read_piece(path, 0, 2**40).data)


def put_raw(path, content):
    sink = store.Sink(path)
    sink.write(bytes(content))
    sink.close()
