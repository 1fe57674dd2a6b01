"""Epochs of a torch network: progress, the best weights, an early stop, checkpoints to go on from.

Every epoch draws from a seed of its own, so a training that goes on from a checkpoint ends where it would
have ended.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from ml.common import arrays as array_files
from ml.common.progress import Progress, TrainingStoppedError
from ml.recommendation.schedule import EverySeconds

CHECKPOINT_EVERY_S = 30.0
ASK_EVERY_S = 1.0
CLIP = 5.0  # largest length of a step's gradient
Weights = dict[str, NDArray[Any]]


@dataclass(frozen=True)
class Plan:
    """How long: `epochs` at most, `patience` epochs without a better validation."""

    epochs: int
    patience: int
    learning_rate: float


class Rounds:
    """One training of one network by Adam."""

    def __init__(self, net: nn.Module, plan: Plan, progress: Progress) -> None:
        self.net, self.plan, self.progress = net, plan, progress
        self.adam = torch.optim.Adam(net.parameters(), lr=plan.learning_rate)
        self.best = self._weights()
        self.best_figure, self.best_epoch, self.done = -1.0, 0, 0
        self._ask = EverySeconds(ASK_EVERY_S)

    def run(self, epoch: Callable[[int], float], judge: Callable[[], float] | None) -> None:
        """Train; afterwards the network holds the best epoch, without `judge` the last one.

        Args:
            epoch: takes one pass, given its number from 1, and returns the mean loss; calls `step`.
            judge: returns how good the network is on what was held out; larger is better.

        Raises:
            TrainingStoppedError: `progress.should_stop()` became true.
        """
        due = EverySeconds(CHECKPOINT_EVERY_S)
        self._resume(self.progress.load_checkpoint())
        for number in range(self.done + 1, self.plan.epochs + 1):
            self.stop_if_asked(now=True)
            self.net.train()
            self.progress.metric("loss", epoch(number), number)
            self.progress.update(
                number / self.plan.epochs, f"Epoch {number} of at most {self.plan.epochs}"
            )
            self.done = number
            self._judge(judge)
            if judge and number - self.best_epoch >= self.plan.patience:
                self.progress.log(f"Validation has not improved since epoch {self.best_epoch}.")
                break
            if due():
                self.progress.save_checkpoint(array_files.dump(self._state()))
        self.net.load_state_dict(self._tensors(self.best))
        self.net.eval()

    def step(self, loss: Tensor) -> None:
        """Move the weights down one loss."""
        self.stop_if_asked()
        self.adam.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(self.net.parameters(), CLIP)
        self.adam.step()

    def stop_if_asked(self, *, now: bool = False) -> None:
        """Raise TrainingStoppedError when asked to stop; asks once a second, or `now`."""
        if (now or self._ask()) and self.progress.should_stop():
            raise TrainingStoppedError(f"Stopped after {self.done} whole epochs.")

    def _judge(self, judge: Callable[[], float] | None) -> None:
        """Keep the weights if they are the best so far."""
        figure = float(self.done)
        if judge:
            self.net.eval()
            with torch.no_grad():
                figure = judge()
            self.progress.metric("validation_closeness", figure, self.done)
        if figure > self.best_figure:
            self.best, self.best_figure, self.best_epoch = self._weights(), figure, self.done

    def _weights(self) -> Weights:
        state = self.net.state_dict().items()
        return {name: tensor.detach().cpu().numpy().copy() for name, tensor in state}

    def _state(self) -> Weights:
        """Return everything a later attempt needs."""
        moments = {
            f"adam.{index}.{name}": np.asarray(value.cpu().numpy())
            for index, parts in self.adam.state_dict()["state"].items()
            for name, value in parts.items()
        }
        now = {f"now.{name}": array for name, array in self._weights().items()}
        best = {f"best.{name}": array for name, array in self.best.items()}
        figures = np.array([self.done, self.best_epoch, self.best_figure], dtype=np.float64)
        return {**now, **best, **moments, "figures": figures}

    def _resume(self, raw: bytes | None) -> None:
        """Take up an earlier attempt's state; one of other settings is not used."""
        state = array_files.load(raw) if raw else {}
        now, best = _part(state, "now."), _part(state, "best.")
        shapes = {name: array.shape for name, array in self._weights().items()}
        if any({n: a.shape for n, a in each.items()} != shapes for each in (now, best)):
            return
        self.net.load_state_dict(self._tensors(now))
        self.best = best
        adam = self.adam.state_dict()
        for name, array in _part(state, "adam.").items():
            index, part = name.split(".", 1)
            adam["state"].setdefault(int(index), {})[part] = torch.as_tensor(array)
        self.adam.load_state_dict(adam)
        self.done, self.best_epoch = (int(each) for each in state["figures"][:2])
        self.best_figure = float(state["figures"][2])

    def _tensors(self, weights: Weights) -> dict[str, Tensor]:
        where = next(self.net.parameters()).device
        return {name: torch.as_tensor(array).to(where) for name, array in weights.items()}


def device() -> torch.device:
    """Return the GPU when there is one."""
    return torch.device("cuda" if torch.cuda.is_available() else "cpu")


@contextmanager
def seeded(seed: int) -> Iterator[None]:
    """Seed torch's own stream for a while, and leave it as it was."""
    with torch.random.fork_rng(list(range(torch.cuda.device_count()))):
        torch.manual_seed(seed)
        yield


def closeness(scores_BI: Tensor, targets_B: Tensor) -> float:
    """Return the sum of 1 / log2(2 + rank) of each row's target.

    NDCG without a cut: every place counts, so it is steadier than the first ten of a large catalogue.
    """
    own_B1 = scores_BI.gather(1, targets_B[:, None])
    ranks_B = (scores_BI > own_B1).sum(1)
    return float((1.0 / torch.log2(ranks_B + 2.0)).sum())


def _part(state: Weights, prefix: str) -> Weights:
    return {
        name.removeprefix(prefix): array for name, array in state.items() if name.startswith(prefix)
    }
