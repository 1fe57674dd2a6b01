"""Makes requests that are nearly right: a seeded mutator of JSON, binary headers, gRPC messages and HTTP."""

import copy
import gzip
import json
import random
import zlib

import numpy as np
from tritonclient.grpc import service_pb2 as pb

JUNK = (
    None, True, False, 0, -1, 1, 2**31, 2**63 - 1, 2**63, 2**64, -(2**63) - 1, 1e308, -0.0, 0.5,
    float("nan"), float("inf"), "", "x", "FP32", "BYTES", "\x00", "é" * 50, "x" * 5000,
    [], [[]], {}, {"a": 1}, [None], [1, "a"], [1, [2]], ["x", None],
    [[[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]]], [2**40, 2**40], [-1], [0], [True],
)  # fmt: skip
DATATYPES = ("FP32", "FP16", "BF16", "FP64", "INT8", "INT64", "UINT64", "BOOL", "BYTES", "FP8", "")
ENCODINGS = ("gzip", "deflate", "br", "identity", "gzip, deflate", "\x7f")
X_NF = np.float32([[1, 2, 3, 4], [5, 6, 7, 8]])
_TENSOR = {"name": "x", "datatype": "FP32", "shape": [2, 4]}
PLAIN = {
    "id": "a",
    "inputs": [_TENSOR | {"data": X_NF.tolist()}],
    "outputs": [{"name": "y", "parameters": {"binary_data": False, "classification": 2}}],
    "parameters": {"operation": "score"},
}
BINARY = {
    "inputs": [_TENSOR | {"parameters": {"binary_data_size": X_NF.nbytes}}],
    "parameters": {"binary_data_output": True},
}


class Malformed:
    """An endless supply; the same seed gives the same requests."""

    def __init__(self, seed: int, name: str, key: str) -> None:
        self.random = random.Random(seed)  # noqa: S311  (test data)
        self._name, self._key = name, key

    def rest(self) -> bytes:
        """One HTTP request whose framing is right and whose content is not, most of the time."""
        made = self.random.random()
        fields: dict[str, str] = {}
        if made < 0.45:
            body = self._bytes(self._document(PLAIN))
        elif made < 0.85:
            head = self._bytes(self._document(BINARY))
            body = self._maybe_bytes(head + X_NF.tobytes())
            length = len(head) if self.random.random() < 0.7 else self._number()
            fields["inference-header-content-length"] = str(length)
        else:
            body = self.random.randbytes(self.random.randrange(200))
        body = self._packed(body, fields)
        if self.random.random() < 0.05:
            fields[self.random.choice(("accept", "accept-encoding", "x-pentaquark-alias"))] = (
                "a;q=é"
            )
        return self._framed(body, fields)

    def http(self) -> bytes:
        """Bytes that are hardly HTTP."""
        if self.random.random() < 0.3:
            return self.random.randbytes(self.random.randrange(1, 300))
        return self._mutated(self._framed(json.dumps(PLAIN).encode(), {}), 6)

    def grpc(self) -> bytes:
        """The bytes of a ModelInferRequest that is not quite one."""
        message = pb.ModelInferRequest(model_name=self._name, id="a")
        tensor = message.inputs.add(name="x", datatype="FP32", shape=X_NF.shape)
        choice = self.random.random()
        if choice < 0.3:
            tensor.contents.fp32_contents.extend(X_NF.ravel()[: self.random.randrange(9)])
        elif choice < 0.9:
            message.raw_input_contents.append(self._maybe_bytes(X_NF.tobytes()))
        if self.random.random() < 0.4:
            tensor.datatype = self.random.choice(DATATYPES)
        if self.random.random() < 0.4:
            tensor.shape[:] = [self._number() for _ in range(self.random.randrange(20))]
        if self.random.random() < 0.2:
            wanted = message.outputs.add(name=self.random.choice(("y", "z", "")))
            wanted.parameters["classification"].int64_param = self._number()
        return self._maybe_bytes(message.SerializeToString())

    def http2(self) -> bytes:
        """Bytes for the gRPC port: the preface of HTTP/2 and rubbish frames, or rubbish alone."""
        preface = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" if self.random.random() < 0.7 else b""
        frames = b""
        for _ in range(self.random.randrange(4)):
            body = self.random.randbytes(self.random.randrange(40))
            length = len(body) if self.random.random() < 0.7 else self.random.randrange(2**24)
            frames += length.to_bytes(3, "big") + self.random.randbytes(6) + body
        return preface + frames or b"\0"

    def _framed(self, body: bytes, fields: dict[str, str]) -> bytes:
        version = self.random.choice(
            ("", "", "", "/versions/1", "/versions/999", "/versions/%C3%A9%00")
        )
        head = [
            f"POST /v2/models/{self._name}{version}/infer HTTP/1.1",
            "host: x",
            f"authorization: Bearer {self._key}",
            f"content-length: {len(body)}",
            *(f"{name}: {value}" for name, value in fields.items()),
        ]
        return ("\r\n".join(head) + "\r\n\r\n").encode("latin-1") + body

    def _document(self, valid: dict) -> dict:
        document = copy.deepcopy(valid)
        for _ in range(self.random.randrange(1, 4)):
            self._spoil(document)
        return document

    def _spoil(self, node: dict | list) -> None:
        """Replace or remove something somewhere inside."""
        keys = list(node) if isinstance(node, dict) else range(len(node))
        if not keys:
            return
        key = self.random.choice(keys)
        if isinstance(node[key], dict | list) and self.random.random() < 0.6:
            self._spoil(node[key])
        elif self.random.random() < 0.15:
            del node[key]
        elif key == "datatype":
            node[key] = self.random.choice(DATATYPES)
        else:
            node[key] = copy.deepcopy(self.random.choice(JUNK))

    def _bytes(self, document: dict) -> bytes:
        return self._maybe_bytes(json.dumps(document).encode())

    def _maybe_bytes(self, content: bytes) -> bytes:
        return self._mutated(content, 3) if self.random.random() < 0.3 else content

    def _mutated(self, content: bytes, most: int) -> bytes:
        changed = bytearray(content)
        for _ in range(self.random.randrange(1, most + 1)):
            at = self.random.randrange(len(changed) + 1)
            what = self.random.random()
            if what < 0.3:
                changed[at : at + 1] = self.random.randbytes(1)
            elif what < 0.5:
                del changed[at:]
            elif what < 0.75:
                changed[at:at] = self.random.randbytes(self.random.randrange(8))
            else:
                changed[at:at] = changed[at : at + self.random.randrange(40)]
        return bytes(changed)

    def _packed(self, body: bytes, fields: dict[str, str]) -> bytes:
        chance = self.random.random()
        if chance > 0.1:
            return body
        encoding = fields["content-encoding"] = self.random.choice(ENCODINGS)
        if chance < 0.001:
            body = b" " * 2**21
        if encoding == "gzip":
            body = gzip.compress(body, 1)
        elif encoding == "deflate":
            body = zlib.compress(body, 1)
        return self._maybe_bytes(body)

    def _number(self) -> int:
        return self.random.choice((0, 1, 2, 4, -1, 7, 100, 10**6, 2**31, 2**40, 2**62, 2**63 - 1))
