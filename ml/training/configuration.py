"""What a model's configuration may hold: known layers by name and plain numbers; never code.

A configuration is what `keras.saving.serialize_keras_object(model)` gives, as JSON. It is not trusted: every
object in it must be on the list below, and what comes out names only public modules of Keras. Keras is not
imported here, so that a web process can refuse a configuration at once.
"""

import json
import math
from collections.abc import Mapping
from typing import Any

from ml.training.errors import TrainingError

MAX_BYTES = 128 * 1024
MAX_DEPTH = 40
MAX_LAYERS = 256
MAX_NUMBER = 100_000_000
MAX_TEXT = 200

LAYERS = frozenset(
    [
        "Activation",
        "ActivityRegularization",
        "Add",
        "AdditiveAttention",
        "AlphaDropout",
        "Attention",
        "Average",
        "AveragePooling1D",
        "AveragePooling2D",
        "AveragePooling3D",
        "BatchNormalization",
        "Bidirectional",
        "CategoryEncoding",
        "Concatenate",
        "Conv1D",
        "Conv1DTranspose",
        "Conv2D",
        "Conv2DTranspose",
        "Conv3D",
        "Conv3DTranspose",
        "Cropping1D",
        "Cropping2D",
        "Cropping3D",
        "Dense",
        "DepthwiseConv1D",
        "DepthwiseConv2D",
        "Discretization",
        "Dot",
        "Dropout",
        "ELU",
        "EinsumDense",
        "Embedding",
        "Flatten",
        "GRU",
        "GRUCell",
        "GaussianDropout",
        "GaussianNoise",
        "GlobalAveragePooling1D",
        "GlobalAveragePooling2D",
        "GlobalAveragePooling3D",
        "GlobalMaxPooling1D",
        "GlobalMaxPooling2D",
        "GlobalMaxPooling3D",
        "GroupNormalization",
        "GroupQueryAttention",
        "Identity",
        "InputLayer",
        "LSTM",
        "LSTMCell",
        "LayerNormalization",
        "LeakyReLU",
        "Masking",
        "MaxPooling1D",
        "MaxPooling2D",
        "MaxPooling3D",
        "Maximum",
        "Minimum",
        "MultiHeadAttention",
        "Multiply",
        "Normalization",
        "PReLU",
        "Permute",
        "RMSNormalization",
        "RNN",
        "ReLU",
        "RepeatVector",
        "Rescaling",
        "Reshape",
        "SeparableConv1D",
        "SeparableConv2D",
        "SimpleRNN",
        "SimpleRNNCell",
        "Softmax",
        "SpatialDropout1D",
        "SpatialDropout2D",
        "SpatialDropout3D",
        "SpectralNormalization",
        "StackedRNNCells",
        "Subtract",
        "TimeDistributed",
        "UnitNormalization",
        "UpSampling1D",
        "UpSampling2D",
        "UpSampling3D",
        "ZeroPadding1D",
        "ZeroPadding2D",
        "ZeroPadding3D",
    ]
)
MODELS = frozenset({"Sequential", "Functional", "Model"})
_MODEL_MODULES = frozenset(
    {"keras", "keras.models", "keras.src.models.sequential", "keras.src.models.functional"}
)
OBJECTS: Mapping[str, frozenset[str]] = {
    "keras.layers": LAYERS,
    "keras": frozenset({"DTypePolicy"}),
    "keras.initializers": frozenset(
        [
            "Constant",
            "GlorotNormal",
            "GlorotUniform",
            "HeNormal",
            "HeUniform",
            "Identity",
            "IdentityInitializer",
            "LecunNormal",
            "LecunUniform",
            "Ones",
            "Orthogonal",
            "OrthogonalInitializer",
            "RandomNormal",
            "RandomUniform",
            "TruncatedNormal",
            "VarianceScaling",
            "Zeros",
        ]
    ),
    "keras.regularizers": frozenset({"L1", "L2", "L1L2", "OrthogonalRegularizer"}),
    "keras.constraints": frozenset({"MaxNorm", "MinMaxNorm", "NonNeg", "UnitNorm"}),
}
"""Public module of Keras -> classes of it that may be named."""
_OF_LAYERS = ("name", "inbound_nodes")
_TENSOR = "__keras_tensor__"


def checked(configuration: Any) -> dict[str, Any]:
    """Return a configuration with nothing in it but what is known, to be given to Keras.

    Raises:
        TrainingError: an object that is not on the list, or a size beyond the limits.
    """
    if (
        not isinstance(configuration, Mapping)
        or not {"class_name", "config"} <= configuration.keys()
    ):
        raise TrainingError(
            "The model is not a Keras configuration.",
            "Send what keras.saving.serialize_keras_object(model) gives.",
        )
    size = len(json.dumps(configuration))
    if size > MAX_BYTES:
        raise TrainingError(
            f"The configuration takes {size:,} bytes; {MAX_BYTES:,} are allowed.",
            "Use fewer layers.",
        )
    if configuration["class_name"] not in list(MODELS):
        raise TrainingError(
            f"A {str(configuration['class_name'])[:60]} is no model that can be trained here.",
            "Use keras.Sequential or the functional keras.Model(inputs, outputs).",
        )
    walk = _Walk()
    found: dict[str, Any] = walk.value(configuration, 0)
    return found


def layer_names(configuration: Mapping[str, Any]) -> list[str]:
    """Return the classes of the outermost layers, for people to read."""
    layers = configuration.get("config", {}).get("layers", [])
    return [str(each.get("class_name", "")) for each in layers if isinstance(each, Mapping)]


class _Walk:
    """Copies a tree, refusing what is not known."""

    def __init__(self) -> None:
        self.layers = 0

    def value(self, value: Any, depth: int) -> Any:
        if depth > MAX_DEPTH:
            raise TrainingError(
                f"The configuration is nested deeper than {MAX_DEPTH}.", "Nest fewer models."
            )
        if isinstance(value, Mapping):
            if "class_name" in value:
                return self._object(value, depth)
            return {_text(name): self.value(each, depth + 1) for name, each in value.items()}
        if isinstance(value, (list, tuple)):
            return [self.value(each, depth + 1) for each in value]
        return _plain(value)

    def _object(self, value: Mapping[str, Any], depth: int) -> dict[str, Any]:
        name, config = value["class_name"], value.get("config")
        if name == _TENSOR:
            return {"class_name": _TENSOR, "config": self.value(config, depth + 1)}
        module = _module(name, value.get("module"))
        if module == "keras.layers":
            self.layers += 1
            if self.layers > MAX_LAYERS:
                raise TrainingError(f"The model has more than {MAX_LAYERS} layers.", "Use fewer.")
        kept = {
            "module": module,
            "class_name": "Functional" if name == "Model" else name,
            "config": self.value(config, depth + 1),
            "registered_name": None,
        }
        for each in _OF_LAYERS:
            if each in value:
                kept[each] = self.value(value[each], depth + 1)
        return kept


def _module(name: Any, module: Any) -> str:
    """Return the public module of a class.

    Raises:
        TrainingError: it is not on the list.
    """
    if not isinstance(name, str) or not isinstance(module, (str, type(None))):
        raise TrainingError("A class of the configuration is named by something that is no text.")
    if name in MODELS and (module is None or module in _MODEL_MODULES):
        return "keras.src.models.functional" if name != "Sequential" else "keras"
    if module is None and name in LAYERS:
        return "keras.layers"
    if module is not None and name in OBJECTS.get(module, ()):
        return module
    what = f"{module[:60]}.{name[:60]}" if module else name[:60]
    raise TrainingError(
        f"{what} cannot be trained here: a configuration names layers of Keras only, no code of its own.",
        "Write the model with the layers of pq.layers; train code of your own with a script.",
    )


def _plain(value: Any) -> Any:
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, str):
        return _text(value)
    if isinstance(value, (int, float)):
        if not math.isfinite(value) or abs(value) > MAX_NUMBER:
            raise TrainingError(
                f"The number {value} is out of range.", f"Use numbers up to {MAX_NUMBER:,}."
            )
        return value
    raise TrainingError(f"A configuration holds JSON only, not {type(value).__name__}.")


def _text(value: Any) -> str:
    if not isinstance(value, str) or len(value) > MAX_TEXT:
        raise TrainingError(f"A text of the configuration is longer than {MAX_TEXT} characters.")
    return value
