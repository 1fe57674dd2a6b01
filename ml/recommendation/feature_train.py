"""Fits the factorisation with features by Adam on mini-batches (torch; CPU or GPU).

Shapes: N pairs, U users, I items, G item features, F user features.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from ml.common import arrays as array_files
from ml.common.progress import Progress, TrainingStoppedError
from ml.recommendation.feature_equations import Embeddings, Tables
from ml.recommendation.feature_pairs import Pairs, Schedule
from ml.recommendation.schedule import EverySeconds

CHECKPOINT_EVERY_S = 30.0


class FeatureNet(nn.Module):  # type: ignore[misc]
    """y_ui = theta_u . Phi_i + theta_v . Phi_v; zero start, because the loss is convex."""

    phi_users: Tensor
    phi_items: Tensor

    def __init__(self, phi: Tables) -> None:
        super().__init__()
        self.register_buffer("phi_users", torch.as_tensor(phi.users))
        self.register_buffer("phi_items", torch.as_tensor(phi.items))
        self.theta_users = nn.Parameter(torch.zeros(len(phi.users), phi.items.shape[1]))
        self.theta_items = nn.Parameter(torch.zeros(len(phi.items), phi.users.shape[1]))

    def forward(self, users_N: Tensor, items_N: Tensor) -> tuple[Tensor, Tensor]:
        """Return y (N,) and the squared length of both embeddings (N,)."""
        theta_u = nn.functional.embedding(users_N, self.theta_users)
        theta_v = nn.functional.embedding(items_N, self.theta_items)
        y_N = (theta_u * self.phi_items[items_N]).sum(1) + (theta_v * self.phi_users[users_N]).sum(
            1
        )
        return y_N, theta_u.square().sum(1) + theta_v.square().sum(1)

    def embeddings(self) -> Embeddings:
        """Return a copy of theta as numpy arrays."""
        return Embeddings(
            self.theta_users.detach().cpu().numpy().copy(),
            self.theta_items.detach().cpu().numpy().copy(),
        )


def device() -> torch.device:
    """Return the GPU when there is one."""
    return torch.device("cuda" if torch.cuda.is_available() else "cpu")


@contextmanager
def _one_thread() -> Iterator[None]:
    """Keep torch to one thread: batches are so small that threads only wait for each other."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(before)


class Trainer:
    """One run: epochs over pairs, a curve, an early stop, the best embeddings."""

    def __init__(self, phi: Tables, schedule: Schedule, seed: int) -> None:
        self.schedule = schedule
        self.where = device()
        self.net = FeatureNet(phi).to(self.where)
        self.adam = torch.optim.Adam(self.net.parameters(), lr=schedule.learning_rate)
        self.shuffler = torch.Generator().manual_seed(seed)
        self.best = self.net.embeddings()
        self.best_rmse, self.best_epoch = float("inf"), 0

    def run(self, epochs: Iterator[Pairs], held_out: Pairs | None, progress: Progress) -> None:
        """Train on one `Pairs` per epoch; without `held_out` the last epoch is the best."""
        with _one_thread():
            self._run(epochs, held_out, progress)

    def _run(self, epochs: Iterator[Pairs], held_out: Pairs | None, progress: Progress) -> None:
        due = EverySeconds(CHECKPOINT_EVERY_S)
        done = self._resume(progress.load_checkpoint())
        for epoch, pairs in enumerate(epochs, start=1):
            if epoch <= done:
                self._skip(pairs)
                continue
            rmse = self.epoch(pairs)
            progress.metric("train_rmse", rmse, epoch)
            progress.update(epoch / self.schedule.epochs, f"Epoch {epoch}")
            if progress.should_stop():
                raise TrainingStoppedError(f"Stopped after epoch {epoch}.")
            if held_out is not None:
                rmse = self.rmse(held_out)
                progress.metric("validation_rmse", rmse, epoch)
            if held_out is None or rmse < self.best_rmse:
                self.best, self.best_rmse, self.best_epoch = self.net.embeddings(), rmse, epoch
            elif epoch - self.best_epoch >= self.schedule.patience:
                progress.log(f"Validation has not improved since epoch {self.best_epoch}.")
                return
            if due():
                progress.save_checkpoint(array_files.dump(self._state(epoch)))

    def epoch(self, pairs: Pairs) -> float:
        """Take one pass in random order; return the training RMSE seen on the way."""
        users_N, items_N, targets_N = self._tensors(pairs)
        order_N = torch.randperm(len(pairs), generator=self.shuffler).to(self.where)
        total = torch.zeros((), device=self.where)
        for rows in order_N.split(self.schedule.batch_size):
            y_N, lengths_N = self.net(users_N[rows], items_N[rows])
            errors_N = (y_N - targets_N[rows]).square()
            self.adam.zero_grad()
            (errors_N + self.schedule.regularisation * lengths_N).mean().backward()
            self.adam.step()
            total += errors_N.detach().sum()
        self._cool()
        return float((total / len(pairs)).sqrt())

    @torch.no_grad()  # type: ignore[untyped-decorator]
    def rmse(self, pairs: Pairs) -> float:
        """Return the RMSE on pairs, in units of the targets."""
        users_N, items_N, targets_N = self._tensors(pairs)
        return float((self.net(users_N, items_N)[0] - targets_N).square().mean().sqrt())

    def _skip(self, pairs: Pairs) -> None:
        """Draw what an epoch draws, so that the later ones are those of an unbroken training."""
        torch.randperm(len(pairs), generator=self.shuffler)
        self._cool()

    def _cool(self) -> None:
        for group in self.adam.param_groups:
            group["lr"] *= self.schedule.decay

    def _state(self, epoch: int) -> dict[str, NDArray[Any]]:
        """Return everything a later attempt needs."""
        now, adam = self.net.embeddings(), self.adam.state_dict()["state"]
        moments = {
            f"adam.{index}.{name}": np.asarray(value.cpu().numpy())
            for index, parts in adam.items()
            for name, value in parts.items()
        }
        figures = np.array([epoch, self.best_epoch, self.best_rmse], dtype=np.float64)
        tables = {"users": now.users, "items": now.items}
        best = {"best_users": self.best.users, "best_items": self.best.items}
        return {**tables, **best, **moments, "figures": figures}

    def _resume(self, raw: bytes | None) -> int:
        """Take up an earlier attempt's state; return its epochs done. One of other sizes is not used."""
        state = array_files.load(raw) if raw else {}
        tables = {"users": self.net.theta_users, "items": self.net.theta_items}
        if any(
            name not in state or state[name].shape != tuple(t.shape) for name, t in tables.items()
        ):
            return 0
        with torch.no_grad():
            for name, theta in tables.items():
                theta.copy_(torch.as_tensor(state[name]))
        adam = self.adam.state_dict()
        for name in [each for each in state if each.startswith("adam.")]:
            _, index, part = name.split(".")
            adam["state"].setdefault(int(index), {})[part] = torch.as_tensor(state[name])
        self.adam.load_state_dict(adam)
        self.best = Embeddings(state["best_users"], state["best_items"])
        self.best_epoch, self.best_rmse = int(state["figures"][1]), float(state["figures"][2])
        return int(state["figures"][0])

    def _tensors(self, pairs: Pairs) -> tuple[Tensor, Tensor, Tensor]:
        arrays: tuple[NDArray[np.generic], ...] = (pairs.users, pairs.items, pairs.targets)
        users_N, items_N, targets_N = (torch.as_tensor(each).to(self.where) for each in arrays)
        return users_N, items_N, targets_N
