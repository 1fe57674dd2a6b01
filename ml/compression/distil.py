"""Knowledge distillation: a small dense network learns the answers of any model of numbers.

Source: Hinton et al. 2015, with the model's own probabilities as the targets.
"""

import itertools

import numpy as np
from numpy.typing import NDArray

from ml.common.bundle import Bundle, TensorSpec, build
from ml.compression import dense
from ml.compression.contract import Material, NotApplicableError
from ml.compression.dense import DenseNetwork, Layer
from ml.compression.networks import MODEL_FILE
from ml.runtime.loading import load

HIDDEN = (32, 16)
ROWS_AT_A_TIME = 1024
Floats = NDArray[np.float32]


def distil(bundle: Bundle, material: Material) -> Bundle:
    """Return a student: an ONNX network of two small layers with the parent's signature."""
    from ml.compression import fitting  # noqa: PLC0415  (torch: only who trains)

    spec, answer = _signature(bundle)
    inputs_NI = material.inputs[spec.name].astype(np.float32)
    if not np.isfinite(inputs_NI).all():
        raise NotApplicableError("A student needs rows without missing values; these have some.")
    wanted = _answers(bundle, spec, answer, inputs_NI)
    wanted_NO = wanted.reshape(len(wanted), -1)
    last = _last_activation(wanted_NO)
    mean_O, scale_O = (0.0, 1.0) if last else (wanted_NO.mean(0), _scale(wanted_NO))
    start = _student(inputs_NI, wanted_NO.shape[1], last, material, (spec.name, answer.name))
    learned = fitting.fit(
        start,
        inputs_NI,
        ((wanted_NO - mean_O) / scale_O).astype(np.float32),
        material,
        fitting.FitSettings(),
    )
    network = dense.write(_rescaled(learned, mean_O, scale_O), spec, answer.shape)
    return build(
        flavour="onnx",
        inputs=(spec,),
        outputs=(answer,),
        files={MODEL_FILE: network.SerializeToString()},
        attributes={k: v for k, v in bundle.manifest.attributes.items() if k == "example"},
    )


def _signature(bundle: Bundle) -> tuple[TensorSpec, TensorSpec]:
    inputs, outputs = bundle.manifest.inputs, bundle.manifest.outputs
    fits = (
        len(inputs) == len(outputs) == 1
        and (inputs[0].datatype, len(inputs[0].shape)) == ("FP32", 2)
        and outputs[0].datatype == "FP32"
        and len(outputs[0].shape) <= 2
    )
    if not fits:
        raise NotApplicableError(
            "A student takes one FP32 input (N, features) and gives one FP32 output; this model differs."
        )
    return inputs[0], outputs[0]


def _answers(bundle: Bundle, spec: TensorSpec, answer: TensorSpec, inputs_NI: Floats) -> Floats:
    predictor = load(bundle, {})
    starts = range(0, len(inputs_NI), ROWS_AT_A_TIME)
    parts = [
        predictor.predict({spec.name: inputs_NI[at : at + ROWS_AT_A_TIME]}, {})[answer.name]
        for at in starts
    ]
    return np.concatenate(parts).astype(np.float32)


def _last_activation(wanted_NO: Floats) -> str:
    """Return what the parent's answers look like: probabilities of classes, of one event, or numbers."""
    if wanted_NO.min() < 0 or wanted_NO.max() > 1:
        return ""
    if wanted_NO.shape[1] > 1:
        return "Softmax" if np.allclose(wanted_NO.sum(axis=1), 1, atol=1e-3) else "Sigmoid"
    return "Sigmoid"


def _student(
    inputs_NI: Floats, outputs: int, last: str, material: Material, names: tuple[str, str]
) -> DenseNetwork:
    """Return the untrained student; its first layer brings the inputs to mean 0 and deviation 1."""
    rng = material.rng()
    widths = [inputs_NI.shape[1], *HIDDEN, outputs]
    layers = []
    for fan_in, fan_out in itertools.pairwise(widths):
        weight = rng.normal(0, np.sqrt(2 / fan_in), (fan_in, fan_out)).astype(np.float32)
        layers.append(Layer(weight, np.zeros(fan_out, np.float32), "Relu"))
    mean_I, scale_I = inputs_NI.mean(0), _scale(inputs_NI)
    first = layers[0].weight / scale_I[:, None]
    layers[0] = Layer(first.astype(np.float32), (-(mean_I @ first)).astype(np.float32), "Relu")
    layers[-1] = Layer(layers[-1].weight, layers[-1].bias, last)
    return DenseNetwork(tuple(layers), *names)


def _rescaled(
    learned: DenseNetwork, mean_O: Floats | float, scale_O: Floats | float
) -> DenseNetwork:
    """Return the student with the scale of the parent's answers inside its last layer."""
    *before, last = learned.layers
    weight_IO = (last.weight * scale_O).astype(np.float32)
    bias_O = (last.bias * scale_O + mean_O).astype(np.float32)
    layers = (*before, Layer(weight_IO, bias_O, last.activation))
    return DenseNetwork(layers, learned.input_name, learned.output_name)


def _scale(values_NC: Floats) -> Floats:
    scale_C = values_NC.std(axis=0)
    return np.where(scale_C > 0, scale_C, 1.0).astype(np.float32)
