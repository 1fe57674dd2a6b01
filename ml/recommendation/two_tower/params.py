"""Settings of the two towers."""

from dataclasses import dataclass


@dataclass(frozen=True)
class TwoTowerParams:
    """Settings.

    Attributes:
        width: numbers of a vector.
        dropout: share of activations set to 0 in training.
        forget_ids: share of ids hidden in training, so that features alone suffice for what is new.
        forget_others: share of every other kind of feature hidden in training.
        longest: items of a history that are read in training, drawn at random from longer ones.
        epochs: at most; with `validation` the best one is kept.
        learning_rate: of Adam.
        batch: interactions of one step.
        uniform: items drawn uniformly per step, besides those of the batch, so that rare and new
            items are met as well; a catalogue no larger is summed in full.
        validation: hold out one item of every user inside the data to choose the epoch.
        patience: epochs without a better validation before the training ends.
    """

    width: int = 64
    dropout: float = 0.1
    forget_ids: float = 0.5
    forget_others: float = 0.1
    longest: int = 100
    epochs: int = 30
    learning_rate: float = 2e-3
    batch: int = 1024
    uniform: int = 1024
    validation: bool = True
    patience: int = 3
    seed: int = 0
