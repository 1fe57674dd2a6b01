"""What `fit` returns: the curves, which plot themselves."""

from collections.abc import Mapping, Sequence
from typing import Any

from pentaquark.core.objects import columns_html
from pentaquark.keras.picture import Picture, chart

_SHOWN_EPOCHS = 50


class History:
    """Curves of a training, as Keras keeps them.

    Attributes:
        history: name -> a value an epoch.
        epoch: numbers of the epochs, from 0.
        params: what the training was told.
        metrics: final figures.
    """

    def __init__(
        self,
        history: Mapping[str, Sequence[float]],
        *,
        params: Mapping[str, Any] | None = None,
        metrics: Mapping[str, float] | None = None,
    ) -> None:
        self.history = {name: list(values) for name, values in history.items()}
        self.epoch = list(range(max((len(each) for each in self.history.values()), default=0)))
        self.params, self.metrics = dict(params or {}), dict(metrics or {})

    def plot(self, *names: str) -> Picture:
        """Draw loss and metrics, or the ones named; beside each its curve on held-out rows."""
        wanted = names or tuple(n for n in self.history if not n.startswith("val_"))
        return Picture([chart(name, self._pair(name)) for name in wanted])

    def _pair(self, name: str) -> dict[str, list[float]]:
        pair = {"train": self.history[name]}
        if f"val_{name}" in self.history:
            pair["held out"] = self.history[f"val_{name}"]
        return pair

    def __repr__(self) -> str:
        last = ", ".join(f"{n}={v[-1]:.4g}" for n, v in self.history.items() if v)
        return f"<History of {len(self.epoch)} epochs: {last}>"

    def _repr_html_(self) -> str:
        names = list(self.history)
        shown = self.epoch[-_SHOWN_EPOCHS:]
        rows = [[at + 1, *(f"{self.history[n][at]:.5g}" for n in names)] for at in shown]
        table = columns_html(f"{len(self.epoch)} epochs", ["epoch", *names], rows)
        return self.plot().svg + table
