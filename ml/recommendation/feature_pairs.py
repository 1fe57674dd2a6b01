"""What the trainer of the factorisation with features is given.

Shapes: N pairs.
"""

from dataclasses import dataclass

from ml.recommendation.data import Floats, Ints


@dataclass(frozen=True)
class Pairs:
    """Pairs and their targets, each (N,)."""

    users: Ints
    items: Ints
    targets: Floats

    def __len__(self) -> int:
        return len(self.users)


@dataclass(frozen=True)
class Schedule:
    """How long and how fast; `patience` epochs without a better validation RMSE end the training."""

    epochs: int
    learning_rate: float
    batch_size: int
    regularisation: float
    patience: int = 3
    decay: float = 0.9
