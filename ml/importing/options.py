"""What a file alone does not say."""

from dataclasses import dataclass

from ml.importing.errors import ImportRefusedError

ACTIVATIONS = {"relu": "Relu", "tanh": "Tanh", "sigmoid": "Sigmoid", "gelu": "Gelu", "elu": "Elu"}
OUTPUTS = {"none": "", "softmax": "Softmax", "sigmoid": "Sigmoid"}


@dataclass(frozen=True)
class ImportOptions:
    """Settings of the import.

    Attributes:
        activation: between the layers of a safetensors file, one of ACTIVATIONS.
        output: after its last layer, one of OUTPUTS.
    """

    activation: str = "relu"
    output: str = "none"

    def __post_init__(self) -> None:
        for name, value, known in (
            ("activation", self.activation, ACTIVATIONS),
            ("output", self.output, OUTPUTS),
        ):
            if value not in known:
                raise ImportRefusedError(
                    f"The {name} {value[:40]!r} is not one of {', '.join(known)}."
                )
