"""The ranges that tensors of a network take on real inputs, for static quantisation."""

import numpy as np
import onnx
import onnxruntime as ort
from onnxruntime.quantization.calibrate import CalibrationMethod, TensorData, TensorsData

from ml.compression.contract import Material, NotApplicableError

ROWS_AT_A_TIME = 256
MAX_ROWS = 4096
TAIL = 1e-4  # share of a batch's values cut off at either end: single outliers cost all others precision


def ranges(network: onnx.ModelProto, material: Material) -> TensorsData:
    """Return the range of every floating-point tensor, the widest over batches of real inputs.

    Raises:
        NotApplicableError: the network cannot be run on the material.
    """
    names = _floats(network)
    session = _session_with_outputs(network, names)
    lowest = dict.fromkeys(names, np.float32(np.inf))
    highest = dict.fromkeys(names, np.float32(-np.inf))
    for start in range(0, min(material.rows, MAX_ROWS), ROWS_AT_A_TIME):
        part = {k: v[start : start + ROWS_AT_A_TIME] for k, v in material.inputs.items()}
        for name, values in zip(names, _run(session, names, part), strict=True):
            low, high = np.quantile(values, (TAIL, 1 - TAIL))
            lowest[name] = min(lowest[name], np.float32(low))
            highest[name] = max(highest[name], np.float32(high))
    found = {
        name: TensorData(lowest=lowest[name], highest=max(highest[name], lowest[name]))
        for name in names
    }
    return TensorsData(CalibrationMethod.MinMax, found)


def _floats(network: onnx.ModelProto) -> list[str]:
    graph = network.graph
    known = [*graph.input, *graph.value_info, *graph.output]
    float32 = onnx.TensorProto.FLOAT
    return list(
        dict.fromkeys(each.name for each in known if each.type.tensor_type.elem_type == float32)
    )


def _session_with_outputs(network: onnx.ModelProto, names: list[str]) -> ort.InferenceSession:
    """Return a session that answers every tensor, not only the network's own outputs."""
    watched = onnx.ModelProto()
    watched.CopyFrom(network)
    own = {each.name for each in watched.graph.output}
    inner = [each for each in watched.graph.value_info if each.name in names]
    watched.graph.output.extend(each for each in inner if each.name not in own)
    settings = ort.SessionOptions()
    settings.graph_optimization_level = ort.GraphOptimizationLevel.ORT_DISABLE_ALL
    return ort.InferenceSession(watched.SerializeToString(), settings)


def _run(session: ort.InferenceSession, names: list[str], inputs: dict[str, np.ndarray]) -> list:  # type: ignore[type-arg]
    inner = [name for name in names if name not in inputs]
    try:
        found = dict(zip(inner, session.run(inner, inputs), strict=True))
    except Exception as error:  # ONNX Runtime raises a dozen unrelated classes of its own
        raise NotApplicableError(f"The network cannot be run on the data: {error}") from error
    return [found[name] if name in found else inputs[name] for name in names]
