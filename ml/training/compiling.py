"""What `compile` may say: an optimizer, a loss and metrics of Keras, by name or with plain numbers."""

import math
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from ml.training.errors import TrainingError

OPTIMIZERS = frozenset(
    [
        "Adadelta",
        "Adafactor",
        "Adagrad",
        "Adam",
        "AdamW",
        "Adamax",
        "Ftrl",
        "Lion",
        "Nadam",
        "RMSprop",
        "SGD",
    ]
)
LOSSES = frozenset(
    [
        "BinaryCrossentropy",
        "BinaryFocalCrossentropy",
        "CategoricalCrossentropy",
        "CategoricalFocalCrossentropy",
        "CategoricalHinge",
        "CosineSimilarity",
        "Hinge",
        "Huber",
        "KLDivergence",
        "LogCosh",
        "MeanAbsoluteError",
        "MeanAbsolutePercentageError",
        "MeanSquaredError",
        "MeanSquaredLogarithmicError",
        "Poisson",
        "SparseCategoricalCrossentropy",
        "SquaredHinge",
    ]
)
METRICS = frozenset(
    [
        "AUC",
        "Accuracy",
        "BinaryAccuracy",
        "BinaryCrossentropy",
        "CategoricalAccuracy",
        "CategoricalCrossentropy",
        "CosineSimilarity",
        "F1Score",
        "FBetaScore",
        "FalseNegatives",
        "FalsePositives",
        "KLDivergence",
        "LogCoshError",
        "MeanAbsoluteError",
        "MeanAbsolutePercentageError",
        "MeanSquaredError",
        "MeanSquaredLogarithmicError",
        "Poisson",
        "Precision",
        "R2Score",
        "Recall",
        "RootMeanSquaredError",
        "SparseCategoricalAccuracy",
        "SparseCategoricalCrossentropy",
        "SparseTopKCategoricalAccuracy",
        "TopKCategoricalAccuracy",
        "TrueNegatives",
        "TruePositives",
    ]
)
SCHEDULES = frozenset(
    [
        "CosineDecay",
        "ExponentialDecay",
        "InverseTimeDecay",
        "PiecewiseConstantDecay",
        "PolynomialDecay",
    ]
)
_SHORT = {
    "mse": "MeanSquaredError",
    "mae": "MeanAbsoluteError",
    "mape": "MeanAbsolutePercentageError",
    "msle": "MeanSquaredLogarithmicError",
    "rmse": "RootMeanSquaredError",
    "huber_loss": "Huber",
    "kld": "KLDivergence",
    "kl_divergence": "KLDivergence",
    "log_cosh": "LogCosh",
    "logcosh": "LogCosh",
    "bce": "BinaryCrossentropy",
    "auc": "AUC",
    "r2_score": "R2Score",
    "f1_score": "F1Score",
}
_BY_FAMILY = {
    "acc": "accuracy",
    "accuracy": "accuracy",
    "ce": "crossentropy",
    "crossentropy": "crossentropy",
}
"""Names whose meaning Keras finds in the shapes."""
MAX_METRICS = 20


@dataclass(frozen=True)
class Named:
    """One thing of Keras: its class, and its settings."""

    class_name: str
    config: Mapping[str, Any] = field(default_factory=dict)

    def as_json(self) -> dict[str, Any]:
        """Return it in plain JSON."""
        return {"class_name": self.class_name, "config": dict(self.config)}


@dataclass(frozen=True)
class Compile:
    """What a model learns by.

    Attributes:
        metrics: a class each, or `accuracy` and `crossentropy`, whose form follows the shapes.
    """

    optimizer: Named
    loss: Named
    metrics: tuple[Named, ...] = ()

    def as_json(self) -> dict[str, Any]:
        """Return it in plain JSON; `checked` reads it again."""
        return asdict(self)


def checked(asked: Mapping[str, Any]) -> Compile:
    """Return what a request asks for.

    Raises:
        TrainingError: something that is not on the lists.
    """
    unknown = sorted(asked.keys() - {"optimizer", "loss", "metrics"})
    if unknown:
        raise _refusal(f"`compile` takes no {unknown[0][:60]!r}.", "Give optimizer, loss, metrics.")
    if not asked.get("loss"):
        raise _refusal("`compile` names no loss.", 'For example "mse".')
    metrics = asked.get("metrics") or []
    if not isinstance(metrics, (list, tuple)) or len(metrics) > MAX_METRICS:
        raise _refusal("`metrics` is a list.", f"Name at most {MAX_METRICS}.")
    return Compile(
        _named(asked.get("optimizer") or "adam", OPTIMIZERS, "optimizer"),
        _named(asked["loss"], LOSSES, "loss"),
        tuple(_metric(each) for each in metrics),
    )


def _metric(asked: Any) -> Named:
    """Return a metric; one named by a word keeps the word as its name, as in Keras."""
    family = str(asked.get("class_name", "") if isinstance(asked, Mapping) else asked)
    if family in _BY_FAMILY:
        return Named(_BY_FAMILY[family])
    found = _named(asked, METRICS, "metric")
    return found if isinstance(asked, Mapping) else Named(found.class_name, {"name": family})


def _named(asked: Any, known: frozenset[str], what: str) -> Named:
    name: Any = asked
    config: Any = {}
    if isinstance(asked, Mapping):
        name, config = asked.get("class_name"), asked.get("config") or {}
    found = _class_of(str(name), known)
    if found is None or not isinstance(config, Mapping):
        examples = ", ".join(sorted(known)[:8])
        raise _refusal(
            f"{str(name)[:60]!r} is no {what} known here.", f"Choose one of {examples}, …"
        )
    return Named(found, {str(key): _setting(key, value) for key, value in config.items()})


def _class_of(name: str, known: frozenset[str]) -> str | None:
    """Return the class that a name of Keras means: `MeanSquaredError`, `mean_squared_error`, `mse`."""
    spelled = {re.sub("[_ ]", "", each).lower(): each for each in known}
    return spelled.get(re.sub("[_ ]", "", _SHORT.get(name, name)).lower())


def _setting(key: Any, value: Any) -> Any:
    if isinstance(value, Mapping) and value.get("class_name") in SCHEDULES:
        return {
            "class_name": str(value["class_name"]),
            "config": {str(k): _setting(k, v) for k, v in dict(value.get("config") or {}).items()},
        }
    if isinstance(value, (list, tuple)) and len(value) <= 200:
        return [_setting(key, each) for each in value]
    if isinstance(value, str) and len(value) <= 100:
        return value
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, (int, float)) and math.isfinite(value) and abs(value) <= 1e12:
        return value
    raise _refusal(f"The setting {str(key)[:60]!r} is no plain number.", "Use numbers and names.")


def _refusal(words: str, remedy: str) -> TrainingError:
    return TrainingError(words, remedy, field="compile")
