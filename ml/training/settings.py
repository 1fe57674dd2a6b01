"""What `fit` may say, and its limits."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any

from ml.training.errors import TrainingError

MAX_EPOCHS, MAX_BATCH = 10_000, 65_536
SMALL_BATCH = 32
STEPS = 200
"""With Keras's 32 rows a step, an epoch of 100,000 rows takes minutes; beyond, batches double."""
MAX_CHOSEN_BATCH = 4096


@dataclass(frozen=True)
class Fit:
    """How long and how to learn.

    Attributes:
        epochs: rounds over the data.
        batch_size: rows a step; None chooses 32, or what makes an epoch at most 200 steps.
        shuffle: take the rows in another order every epoch.
        patience: stop when the validation loss (else the loss) was not better for so many epochs, and keep
            the best weights; None never stops early.
        seed: of weights, order and dropout.
    """

    epochs: int = 1
    batch_size: int | None = None
    shuffle: bool = True
    patience: int | None = None
    seed: int = 0

    def __post_init__(self) -> None:
        bounds = {
            "epochs": (1, MAX_EPOCHS),
            "batch_size": (1, MAX_BATCH),
            "patience": (1, MAX_EPOCHS),
            "seed": (0, 2**31 - 1),
        }
        for name, (least, most) in bounds.items():
            value = getattr(self, name)
            if value is None and name in {"batch_size", "patience"}:
                continue
            if not isinstance(value, int) or isinstance(value, bool) or not least <= value <= most:
                raise TrainingError(
                    f"`{name}` is {value!r}.",
                    f"Use a whole number from {least} to {most:,}.",
                    "fit",
                )
        if not isinstance(self.shuffle, bool):
            raise TrainingError("`shuffle` is true or false.", field="fit")

    def batch_for(self, rows: int) -> int:
        """Return the rows of a step, for a table of so many rows."""
        if self.batch_size is not None:
            return self.batch_size
        batch = SMALL_BATCH
        while rows > batch * STEPS and batch < MAX_CHOSEN_BATCH:
            batch *= 2
        return batch

    def as_json(self) -> dict[str, Any]:
        """Return the fields."""
        return asdict(self)


def checked(asked: Mapping[str, Any]) -> Fit:
    """Return the settings of a request.

    Raises:
        TrainingError: an unknown name or a value out of range.
    """
    known = {each.name for each in fields(Fit)}
    unknown = sorted(asked.keys() - known)
    if unknown:
        raise TrainingError(
            f"`fit` takes no {unknown[0][:60]!r}.",
            "It takes " + ", ".join(sorted(known)) + ".",
            "fit",
        )
    return Fit(**asked)
