"""One trial: the training with a trial's values in it, built and fitted; nothing of it is stored."""

import gc
from collections.abc import Callable, Mapping
from typing import Any

import keras
from numpy.typing import NDArray

from ml.common.progress import Progress, TrainingStoppedError
from ml.training import compiling, settings, tables
from ml.training.errors import TrainingError
from ml.training.keras import building, fitting
from ml.tuning import paths
from ml.tuning.errors import TrialFailedError, TrialPrunedError, TuningError
from ml.tuning.searching import Watch

Columns = dict[str, "NDArray[Any]"]


class TrialProgress:
    """What a training loop tells while it carries out a trial of a study."""

    def __init__(
        self, outer: Progress, watch: Watch, metric: str, told: Callable[[float, str], None]
    ) -> None:
        self.outer, self.watch, self.metric_name, self.told = outer, watch, metric, told
        self.last_epoch, self.pruned = 1, False

    def update(self, fraction: float, message: str = "") -> None:
        """Pass the trial's share on."""
        self.told(fraction, message)

    def log(self, line: str) -> None:
        """Leave epochs out of the study's log; a trial has one line there."""

    def metric(self, name: str, value: float, step: int | None = None) -> None:
        """Report the watched curve; a trial that has ended anyway is not pruned."""
        if name == self.metric_name and step is not None:
            self.pruned = self.watch.report(value) and step < self.last_epoch

    def should_stop(self) -> bool:
        """True once the study was cancelled, or the trial is worse than earlier ones."""
        return self.pruned or self.outer.should_stop()

    def save_checkpoint(self, state: bytes) -> None:
        """Keep nothing: a trial that was cut begins anew."""

    def load_checkpoint(self) -> bytes | None:
        """There is none."""
        return None


class Trials:
    """Carries trials of one study out on columns that are read once."""

    def __init__(self, asked: Mapping[str, Any], learned: Columns, held: Columns | None) -> None:
        """Take a study's `asked`, and the columns of the rows to learn from and of those held out."""
        self.training: Mapping[str, Any] = asked["training"]
        self.metric_name = str(asked["metric"])
        self.learned, self.held = learned, held

    def value(self, parameters: Mapping[str, Any], progress: TrialProgress) -> float:
        """Return the metric of the weights that would be kept.

        Raises:
            TrialFailedError: Keras or the data refuses these values.
            TrialPrunedError: earlier trials were better at the same epoch.
            TrainingStoppedError: the study was asked to stop.
            TuningError: there is no such metric, in this trial or any other.
        """
        try:
            state, fit = self._fitted(parameters, progress)
        except TrainingStoppedError as error:
            if not progress.pruned:
                raise
            epochs = len(progress.watch.curve)
            raise TrialPrunedError(f"Worse than earlier trials after epoch {epochs}.") from error
        except TrainingError as error:
            raise TrialFailedError(str(error)) from error
        finally:
            keras.utils.clear_session()
            gc.collect()
        curve = state.history.get(self.metric_name)
        if curve is None:
            raise TuningError(
                f"The training has no curve “{self.metric_name}”.",
                f"Judge by one of {', '.join(sorted(state.history))}.",
                "metric",
            )
        chosen = state.best[0] - 1 if fit.patience is not None and state.best else -1
        return curve[chosen]

    def _fitted(
        self, parameters: Mapping[str, Any], progress: TrialProgress
    ) -> tuple[fitting.State, settings.Fit]:
        asked = paths.applied(self.training, parameters)
        fit = settings.checked(asked["fit"])
        progress.last_epoch = fit.epochs
        columns, target = self.training["columns"], self.training["target"]
        built = building.build(asked["model"], columns, self.training["inputs"], fit.seed)
        table = tables.arrange(self.learned, built.inputs, target, "dataset")
        held = self.held and tables.arrange(self.held, built.inputs, target, "validation")
        fitting.compile_model(built.model, compiling.checked(asked["compile"]))
        return fitting.fit(built.model, table, held or None, fit, progress), fit
