"""Int8 quantisation of ONNX networks by ONNX Runtime's own quantiser, without its temporary files."""

from collections.abc import Callable

import onnx
from onnxruntime.quantization import base_quantizer, onnx_quantizer
from onnxruntime.quantization.onnx_quantizer import ONNXQuantizer
from onnxruntime.quantization.qdq_quantizer import QDQQuantizer
from onnxruntime.quantization.quant_utils import QuantizationMode, QuantType
from onnxruntime.quantization.registry import IntegerOpsRegistry, QDQRegistry

from ml.common.bundle import Bundle
from ml.compression import calibrate
from ml.compression.contract import Material, NotApplicableError
from ml.compression.networks import open_network, with_network

# the quantiser infers shapes by way of a temporary file; plaintext of models must not touch disk
for _module in (base_quantizer, onnx_quantizer):
    _module.save_and_reload_model_with_shape_infer = onnx.shape_inference.infer_shapes

_REDUCE_RANGE = True
"""Weights in 7 bits: AVX2 without VNNI adds products of 8 x 8 bits in 16 and saturates, so the same file
would answer differently from one machine to the next (on such an AMD EPYC agreement fell from .99 to .96)."""

QUANTISED = {"MatMulInteger", "DynamicQuantizeLinear", "DequantizeLinear", "ConvInteger"}


def dynamic(bundle: Bundle, material: Material) -> Bundle:
    """Return the model with int8 weights; activations are quantised as they come."""

    def quantise(network: onnx.ModelProto) -> ONNXQuantizer:
        return ONNXQuantizer(
            network,
            per_channel=True,
            reduce_range=_REDUCE_RANGE,
            mode=QuantizationMode.IntegerOps,
            static=False,
            weight_qType=QuantType.QInt8,
            activation_qType=QuantType.QUInt8,
            tensors_range=None,
            nodes_to_quantize=[],
            nodes_to_exclude=[],
            op_types_to_quantize=list(IntegerOpsRegistry),
            extra_options={"MatMulConstBOnly": True},
        )

    return _quantised(bundle, quantise)


def static(bundle: Bundle, material: Material) -> Bundle:
    """Return the model with int8 weights and activations, ranges taken from real inputs."""
    return _static(bundle, material, per_channel=False)


def static_per_channel(bundle: Bundle, material: Material) -> Bundle:
    """Return as `static`, with a scale of its own for each output channel of a weight."""
    return _static(bundle, material, per_channel=True)


def _static(bundle: Bundle, material: Material, *, per_channel: bool) -> Bundle:
    def quantise(network: onnx.ModelProto) -> QDQQuantizer:
        return QDQQuantizer(
            network,
            per_channel=per_channel,
            reduce_range=_REDUCE_RANGE,
            weight_qType=QuantType.QInt8,
            activation_qType=QuantType.QUInt8,
            tensors_range=calibrate.ranges(network, material),
            nodes_to_quantize=[],
            nodes_to_exclude=[],
            op_types_to_quantize=list(QDQRegistry),
            extra_options={},
        )

    return _quantised(bundle, quantise)


def _quantised(
    bundle: Bundle, quantiser: Callable[[onnx.ModelProto], ONNXQuantizer | QDQQuantizer]
) -> Bundle:
    network = open_network(bundle)
    try:
        work = quantiser(network)
        work.quantize_model()
    except NotApplicableError:
        raise
    except Exception as error:  # the quantiser raises bare classes for graphs it cannot take
        raise NotApplicableError(f"The quantiser cannot take this network: {error}") from error
    found: onnx.ModelProto = work.model.model
    if not QUANTISED & {node.op_type for node in found.graph.node}:
        raise NotApplicableError("Nothing in this network can be quantised.")
    return with_network(bundle, found)
