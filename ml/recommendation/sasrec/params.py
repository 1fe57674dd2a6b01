"""Settings of the sequential model."""

from dataclasses import dataclass


@dataclass(frozen=True)
class SasRecParams:
    """Settings; the defaults were chosen on validation items (see README.md).

    Attributes:
        width: numbers of an item's vector.
        blocks, heads: of the attention; `heads` divides `width`.
        length: latest events that count.
        dropout: share of activations set to 0 in training.
        shuffle: share of the sequences put in random order in an epoch, which teaches what goes together
            whatever came first.
        epochs: at most; with `validation` the best one is kept.
        learning_rate: of Adam at its height.
        batch_tokens: padded events of one step.
        negatives: items drawn per step; a catalogue no larger is summed in full.
        validation: hold out every user's last item inside the data to choose the epoch.
        patience: epochs without a better validation before the training ends.
    """

    width: int = 64
    blocks: int = 2
    heads: int = 2
    length: int = 50
    dropout: float = 0.5
    shuffle: float = 0.0
    epochs: int = 40
    learning_rate: float = 1.5e-3
    batch_tokens: int = 2048
    negatives: int = 512
    validation: bool = True
    patience: int = 4
    seed: int = 0

    def __post_init__(self) -> None:
        if self.width % self.heads:
            raise ValueError(f"width {self.width} is not a multiple of heads {self.heads}.")
