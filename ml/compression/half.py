"""Weights in two bytes: stored as FP16 or BF16, brought back to FP32 once, when the network is loaded.

Computing in half precision pays on a GPU and is slower on a CPU; storing in it halves the bundle on both.
ONNX Runtime folds the casts away while it loads.
"""

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from ml.common.bundle import Bundle
from ml.compression.contract import Material, NotApplicableError
from ml.compression.networks import open_network, with_network

LEAST_NUMBERS = 64  # of a tensor worth a cast node
HALF_MAX = float(np.finfo(np.float16).max)


def fp16(bundle: Bundle, material: Material) -> Bundle:
    """Return the model with FP16 weights: 11 bits of precision, at most 65504."""
    return _stored(bundle, TensorProto.FLOAT16)


def bf16(bundle: Bundle, material: Material) -> Bundle:
    """Return the model with BF16 weights: 8 bits of precision, the range of FP32."""
    return _stored(bundle, TensorProto.BFLOAT16)


def _stored(bundle: Bundle, datatype: int) -> Bundle:
    network = open_network(bundle)
    graph, casts, kept = network.graph, [], []
    for tensor in graph.initializer:
        values = numpy_helper.to_array(tensor)
        if tensor.data_type != TensorProto.FLOAT or values.size < LEAST_NUMBERS:
            kept.append(tensor)
            continue
        if datatype == TensorProto.FLOAT16 and np.abs(values).max() > HALF_MAX:
            raise NotApplicableError(f"The weight {tensor.name!r} is too large for FP16.")
        stored = f"{tensor.name}_half"
        kept.append(_narrow(stored, values, datatype))
        casts.append(helper.make_node("Cast", [stored], [tensor.name], to=TensorProto.FLOAT))
    if not casts:
        raise NotApplicableError("The network has no FP32 weights to narrow.")
    nodes = [*casts, *graph.node]
    del graph.initializer[:], graph.node[:]
    graph.initializer.extend(kept)
    graph.node.extend(nodes)
    return with_network(bundle, network)


def _narrow(name: str, values: np.ndarray, datatype: int) -> onnx.TensorProto:
    if datatype == TensorProto.FLOAT16:
        return numpy_helper.from_array(values.astype(np.float16), name)
    bits = np.ascontiguousarray(values, dtype="<f4").view("<u4")
    nearest_even = (bits + 0x7FFF + ((bits >> 16) & 1)) >> 16
    raw = nearest_even.astype("<u2").tobytes()
    return helper.make_tensor(name, datatype, values.shape, raw, raw=True)
