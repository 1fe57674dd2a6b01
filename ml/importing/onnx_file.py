"""ONNX files: the signature is the network's own."""

from collections.abc import Iterator

import onnx
from google.protobuf.message import Message  # type: ignore[import-untyped]

from ml.common.bundle import Bundle, TensorSpec, build
from ml.importing.errors import ImportRefusedError
from ml.importing.options import ImportOptions

_DATATYPES = {
    onnx.TensorProto.BOOL: "BOOL",
    onnx.TensorProto.UINT8: "UINT8",
    onnx.TensorProto.UINT16: "UINT16",
    onnx.TensorProto.UINT32: "UINT32",
    onnx.TensorProto.UINT64: "UINT64",
    onnx.TensorProto.INT8: "INT8",
    onnx.TensorProto.INT16: "INT16",
    onnx.TensorProto.INT32: "INT32",
    onnx.TensorProto.INT64: "INT64",
    onnx.TensorProto.FLOAT16: "FP16",
    onnx.TensorProto.FLOAT: "FP32",
    onnx.TensorProto.DOUBLE: "FP64",
    onnx.TensorProto.STRING: "BYTES",
}


def read(content: bytes, options: ImportOptions) -> Bundle:
    """Return the bundle of an ONNX file.

    Raises:
        ImportRefusedError: no ONNX file, weights outside the file, or tensors without a plain type.
    """
    try:
        network = onnx.load_model_from_string(content)
        _check_weights(network)  # first: the checker opens such files
        onnx.checker.check_model(network)
    except ImportRefusedError:
        raise
    except Exception as error:  # protobuf and the checker raise classes of their own
        raise ImportRefusedError(f"This is not a valid ONNX file: {_first(error)}") from error
    constants = {each.name for each in network.graph.initializer}
    wanted = [each for each in network.graph.input if each.name not in constants]
    return build(
        flavour="onnx",
        inputs=tuple(_spec(each) for each in wanted),
        outputs=tuple(_spec(each) for each in network.graph.output),
        files={"model.onnx": content},
        attributes={
            "opset": {each.domain or "ai.onnx": each.version for each in network.opset_import}
        },
    )


def _check_weights(network: onnx.ModelProto) -> None:
    """Refuse values that lie in another file: the runtime would read one of the platform's own."""
    for each in _tensors(network):
        if each.data_location == onnx.TensorProto.EXTERNAL or each.external_data:
            raise ImportRefusedError(
                f"The weight {each.name[:80]!r} lies outside the file; save them inside."
            )


def _tensors(message: Message) -> Iterator[onnx.TensorProto]:
    """Yield every tensor: of the graph, of nodes' attributes, of their subgraphs, of functions."""
    waiting = [message]
    while waiting:
        each = waiting.pop()
        if isinstance(each, onnx.TensorProto):
            yield each
            continue
        for field, value in each.ListFields():
            if field.message_type is not None:
                waiting.extend([value] if isinstance(value, Message) else value)


def _spec(value: onnx.ValueInfoProto) -> TensorSpec:
    tensor = value.type.tensor_type
    datatype = _DATATYPES.get(tensor.elem_type)
    if datatype is None or not tensor.HasField("shape"):
        raise ImportRefusedError(f"The tensor {value.name[:80]!r} has no plain type and shape.")
    shape = tuple(each.dim_value if each.HasField("dim_value") else -1 for each in tensor.shape.dim)
    return TensorSpec(value.name, datatype, shape)


def _first(error: Exception) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[0][:200]
