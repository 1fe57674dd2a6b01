"""Triton's own four clients behind one face: aio ones are run to completion."""

import asyncio
import inspect

import numpy as np
import tritonclient.grpc as grpc
import tritonclient.grpc.aio as grpc_aio
import tritonclient.http as http
import tritonclient.http.aio as http_aio
from google.protobuf.json_format import MessageToDict
from tritonclient.utils import triton_to_np_dtype

MODULES = {"http": http, "http.aio": http_aio, "grpc": grpc, "grpc.aio": grpc_aio}


class Client:
    """A client whose methods return results, whichever client it is."""

    def __init__(self, kind, runtime):
        self.kind, self.is_grpc, self.module = kind, kind.startswith("grpc"), MODULES[kind]
        port = runtime.grpc_port if self.is_grpc else runtime.rest_port
        self._loop = asyncio.new_event_loop()
        self._client = self._loop.run_until_complete(self._make(f"127.0.0.1:{port}"))

    async def _make(self, address):
        return self.module.InferenceServerClient(address)

    def __getattr__(self, name):
        method = getattr(self._client, name)

        def call(*arguments, **options):
            if "headers" in options:  # the clients write their own into the dict they are given
                options["headers"] = dict(options["headers"])
            result = method(*arguments, **options)
            if inspect.isawaitable(result):
                return self._loop.run_until_complete(result)
            return result

        return call

    def close(self):
        self.__getattr__("close")()
        self._loop.close()

    def tensor(self, name, array, datatype):
        made = self.module.InferInput(name, list(array.shape), datatype)
        made.set_data_from_numpy(array)
        return made

    def wanted(self, name, **options):
        return self.module.InferRequestedOutput(name, **options)

    def packing(self, algorithm):
        """Options of `infer` that pack the request and ask for a packed answer."""
        if self.is_grpc:
            return {"compression_algorithm": algorithm}
        return {
            "request_compression_algorithm": algorithm,
            "response_compression_algorithm": algorithm,
        }


def words(found):
    """What a call gave that does not predict, in JSON's words whichever client asked."""
    if isinstance(found, dict | list):
        return found
    return MessageToDict(found, preserving_proto_field_name=True)


def sample(datatype):
    """Three values of a datatype, as a client sends them."""
    if datatype != "BYTES":
        return np.array([1, 0, 1]).astype(triton_to_np_dtype(datatype))
    values = np.empty(3, dtype=object)
    values[:] = [b"a", "深圳".encode(), b""]
    return values
