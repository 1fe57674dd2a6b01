"""Fits a model: an epoch at a time, with curves and a checkpoint after each, so that a killed worker goes on.

Every epoch has a seed of its own, so one that is repeated, or reached after a resume, learns the same.
"""

import json
import math
import os
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import keras
import numpy as np
import torch
from numpy.typing import NDArray

from ml.common import arrays, seeds
from ml.common.progress import Progress, TrainingStoppedError
from ml.training.compiling import Compile, Named
from ml.training.errors import TrainingError
from ml.training.keras.building import words_of
from ml.training.settings import Fit
from ml.training.tables import Table

CHECKPOINT_S = 5.0
"""Seconds between checkpoints; those of the last seconds are learned again."""
LOOK_S = 0.5
SMALL_WEIGHTS = 3_000_000
_HEAD = "head"


@dataclass
class State:
    """Where a training stands.

    Attributes:
        history: curve -> a value an epoch.
        best: (epoch, loss) of the best weights so far; `weights` holds them.
    """

    epoch: int = 0
    history: dict[str, list[float]] = field(default_factory=dict)
    best: tuple[int, float] | None = None
    weights: list[NDArray[Any]] = field(default_factory=list)


def compile_model(model: Any, asked: Compile) -> None:
    """Give a model what it learns by.

    Raises:
        TrainingError: Keras refuses a setting.
    """
    try:
        model.compile(
            optimizer=keras.optimizers.deserialize(_known(asked.optimizer, "keras.optimizers")),
            loss=keras.losses.deserialize(_known(asked.loss, "keras.losses")),
            metrics=[_metric(each) for each in asked.metrics],
        )
    except (TypeError, ValueError, KeyError) as error:
        raise TrainingError(
            f"Keras refuses these settings: {words_of(error)}", field="compile"
        ) from error


def choose_threads(weights: int) -> None:
    """Let a small model learn on one thread: its steps are too short to be shared.

    Measured with 650,000 weights on 2 busy cores: 20 ms of CPU a step on one thread, 131 ms on two.
    """
    torch.set_num_threads(1 if weights <= SMALL_WEIGHTS else max(1, len(os.sched_getaffinity(0))))


def fit(model: Any, table: Table, held: Table | None, settings: Fit, progress: Progress) -> State:
    """Fit a compiled model; go on from the job's checkpoint where there is one.

    Raises:
        TrainingError: the data does not fit the model, or the loss is no number any more.
        TrainingStoppedError: the job was asked to stop.
    """
    choose_threads(model.count_params())
    state = _resumed(model, progress)
    watcher = _Watcher(progress, settings.epochs)
    saved_s = time.monotonic()
    while state.epoch < settings.epochs and not _waited_enough(state, settings):
        _epoch(model, table, held, settings, state, watcher)
        _note(model, state, settings, progress)
        ended = state.epoch == settings.epochs
        if ended or time.monotonic() - saved_s > CHECKPOINT_S or progress.should_stop():
            progress.save_checkpoint(_packed(model, state))
            saved_s = time.monotonic()
        if progress.should_stop():
            raise TrainingStoppedError("Stopped between two epochs.")
    if settings.patience is not None and state.weights:
        model.set_weights(state.weights)
    return state


def _epoch(
    model: Any, table: Table, held: Table | None, settings: Fit, state: State, watcher: "_Watcher"
) -> None:
    assert table.target is not None  # noqa: S101  (rows to learn from have one)
    keras.utils.set_random_seed((settings.seed + 1_000_003 * (state.epoch + 1)) % 2**31)
    watcher.epoch = state.epoch
    order_N = np.arange(len(table))
    if (
        settings.shuffle
    ):  # Keras's own order depends on whether it fitted before: not the same after a resume
        order_N = seeds.generator(settings.seed, f"epoch {state.epoch}").permutation(len(table))
    try:
        told = model.fit(
            _one([each[order_N] for each in table.inputs]),
            table.target[order_N],
            validation_data=(_one(held.inputs), held.target) if held else None,
            batch_size=settings.batch_for(len(table)),
            validation_batch_size=max(settings.batch_for(len(table)), 1024),
            epochs=1,
            shuffle=False,
            verbose=0,
            callbacks=[watcher],
        )
    except (ValueError, RuntimeError, IndexError, TypeError) as error:
        raise TrainingError(
            f"The model cannot learn from these columns: {words_of(error)}",
            "Compare the shape of its output and the loss with the target.",
        ) from error
    if watcher.stopped:
        raise TrainingStoppedError("Stopped within an epoch.")
    for name, values in told.history.items():
        state.history.setdefault(name, []).append(float(values[-1]))
    state.epoch += 1


def _note(model: Any, state: State, settings: Fit, progress: Progress) -> None:
    latest = {name: values[-1] for name, values in state.history.items()}
    for name, value in latest.items():
        progress.metric(name, value, state.epoch)
    shown = ", ".join(f"{name} {value:.4g}" for name, value in latest.items())
    progress.log(f"Epoch {state.epoch} of {settings.epochs}: {shown}")
    if not math.isfinite(latest["loss"]):
        raise TrainingError(
            f"The loss is no number after epoch {state.epoch}.",
            "Lower the learning rate, or bring the inputs to a similar scale.",
            "compile",
        )
    if settings.patience is None:
        return
    watched = latest.get("val_loss", latest["loss"])
    if state.best is None or watched < state.best[1]:
        state.best, state.weights = (state.epoch, watched), model.get_weights()


def _waited_enough(state: State, settings: Fit) -> bool:
    if settings.patience is None or state.best is None:
        return False
    return state.epoch - state.best[0] >= settings.patience


class _Watcher(keras.callbacks.Callback):  # type: ignore[misc]
    """Reports within an epoch, and ends it when the job is asked to stop."""

    def __init__(self, progress: Progress, epochs: int) -> None:
        super().__init__()
        self.progress, self.epochs = progress, epochs
        self.epoch, self.stopped, self.looked_s = 0, False, 0.0

    def on_train_batch_end(self, batch: int, logs: Mapping[str, Any] | None = None) -> None:
        """Look at the clock; every half second say how far it is."""
        del logs
        if time.monotonic() - self.looked_s < LOOK_S:
            return
        self.looked_s = time.monotonic()
        steps = self.params.get("steps") or 1
        done = (self.epoch + min(1.0, (batch + 1) / steps)) / self.epochs
        self.progress.update(0.05 + 0.85 * done, f"Epoch {self.epoch + 1} of {self.epochs}")
        if self.progress.should_stop():
            self.stopped = self.model.stop_training = True
            raise TrainingStoppedError("Stopped within an epoch.")


def _packed(model: Any, state: State) -> bytes:
    """Return everything the next epoch depends on: weights, the optimizer's, and the curves."""
    named = {f"v{n}": _array(each) for n, each in enumerate(model.variables)}
    named |= {f"o{n}": _array(each) for n, each in enumerate(model.optimizer.variables)}
    named |= {f"b{n}": each for n, each in enumerate(state.weights)}
    head = {"epoch": state.epoch, "history": state.history, "best": state.best}
    named[_HEAD] = np.frombuffer(json.dumps(head).encode(), dtype=np.uint8)
    return arrays.dump(named)


def _resumed(model: Any, progress: Progress) -> State:
    raw = progress.load_checkpoint()
    model.optimizer.build(model.trainable_variables)
    if raw is None:
        return State()
    named = arrays.load_as_stored(raw)
    head = json.loads(named[_HEAD].tobytes())
    for letter, variables in (("v", model.variables), ("o", model.optimizer.variables)):
        for n, variable in enumerate(variables):
            variable.assign(
                named[f"{letter}{n}"].reshape(variable.shape)
            )  # a file knows no 0-d arrays
    best = tuple(head["best"]) if head["best"] else None
    weights = [named[f"b{n}"] for n in range(sum(each.startswith("b") for each in named))]
    progress.log(f"Resumed after epoch {head['epoch']}.")
    return State(head["epoch"], head["history"], best, weights)


def _array(variable: Any) -> NDArray[Any]:
    return np.asarray(keras.ops.convert_to_numpy(variable.value))


def _one(inputs: list[Any]) -> Any:
    return inputs[0] if len(inputs) == 1 else inputs


def _metric(asked: Named) -> Any:
    if asked.class_name in {"accuracy", "crossentropy"}:
        return asked.class_name
    return keras.metrics.deserialize(_known(asked, "keras.metrics"))


def _known(asked: Named, module: str) -> dict[str, Any]:
    config = {
        name: _known(Named(**value), "keras.optimizers.schedules")
        if isinstance(value, Mapping)
        else value
        for name, value in asked.config.items()
    }
    return {
        "module": module,
        "class_name": asked.class_name,
        "config": config,
        "registered_name": None,
    }
