"""The job `fraud.train`: read, compute features, fit, register, serve, and let scoring start warm.

Shapes: N rows, F features.
"""

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from apps.fraud import params, selectors
from apps.fraud.engine import loading, warming
from apps.fraud.engine.loading import History
from apps.fraud.errors import FraudDataError
from apps.fraud.models import Detector
from ml.common.progress import Progress, TrainingStoppedError
from ml.fraud import fitting
from ml.fraud.detector import Detector as Fitted
from ml.fraud.errors import FraudDataError as LearningError
from ml.fraud.features import batch
from ml.fraud.features.errors import FeatureError
from platform_core.accounts.api import Actor, platform_actor
from platform_core.datasets import api as datasets
from platform_core.jobs.api import JobContext
from platform_core.registry import api as registry
from platform_core.serving import api as serving

APPLICATION = TASK = "fraud"
CHAMPION, CHALLENGER = "champion", "challenger"
CODE_VERSION = "fraud-1"  # of the training procedure; raise it when results change


def train(context: JobContext) -> dict[str, Any]:
    """Train, register and serve a detector; build the states of its entities.

    Args:
        context: of the job; its params are `detector`, `dataset_version` and `params`.

    Returns:
        `{"model", "version", "metrics"}`.

    Raises:
        DetectorNotFoundError, FraudDataError, InvalidInputError: the request or the data.
        TrainingStoppedError: the job was cancelled or preempted.
    """
    detector = selectors.get_detector(actor=context.actor, name=context.params["detector"])
    context.update(0.0, "Reading the data")
    version = datasets.get_version(
        actor=context.actor, version_id=context.params["dataset_version"]
    )
    asked = params.parse(context.params["params"])
    try:
        history = loading.read(detector, version)
        context.update(0.05, "Computing features")
        features_NF = batch.compute(history.table, history.features)
        _stop_if_asked(context)
        fitted = _fit(context, detector, history, features_NF, asked)
    except (LearningError, FeatureError) as error:
        raise FraudDataError(
            str(error), remedy="Mend the data, or choose other columns."
        ) from error
    _stop_if_asked(context)
    context.update(0.9, "Building the states of customers and cards")
    generation = warming.build(context, detector, history)
    context.update(0.97, "Registering the version")
    return _register(context, detector, history, fitted, generation)


def _fit(
    context: JobContext,
    detector: Detector,
    history: History,
    features_NF: NDArray[np.float64],
    asked: params.TrainParams,
) -> Fitted:
    table = history.table
    times_N = loading.seconds(table, history.features)
    labels_N = loading.labels(table, detector.columns.get("label"))
    amounts_N = loading.numbers(table, detector.columns.get("amount"))
    groups_N = loading.codes(table, detector.entities[0])
    kept_N = _newest(times_N, asked.train_days)
    return fitting.fit(
        features_NF[kept_N],
        None if labels_N is None else labels_N[kept_N],
        times_N[kept_N],
        names=history.features.names,
        groups_N=groups_N[kept_N],
        amounts_N=None if amounts_N is None else amounts_N[kept_N],
        params=_fit_params(asked, detector),
        progress=Part(context, 0.15, 0.9),
    )


def _newest(times_N: NDArray[np.float64], days: int | None) -> NDArray[np.bool_]:
    """Return the rows of the newest days; all without a wish."""
    if days is None:
        return np.ones(len(times_N), dtype=np.bool_)
    return np.asarray(times_N > times_N.max() - days * 86_400)


def _fit_params(asked: params.TrainParams, detector: Detector) -> dict[str, Any]:
    settings = {
        "rounds": asked.trees,
        "depth": asked.depth,
        "learning_rate": asked.learning_rate,
    }
    given = {name: value for name, value in settings.items() if value is not None}
    budget = {} if asked.budget_s is None else {"budget_s": float(asked.budget_s)}
    return {
        "model": asked.model,
        "settings": given,
        "label_delay_s": detector.label_delay_days * 86_400,
        "seed": asked.seed,
        **budget,
    }


class Part:
    """Shows the fit as a part of the whole job."""

    def __init__(self, whole: Progress, start: float, end: float) -> None:
        self.whole, self.start, self.end = whole, start, end

    def update(self, fraction: float, message: str = "") -> None:
        """Report within the part."""
        self.whole.update(self.start + fraction * (self.end - self.start), message)

    def log(self, line: str) -> None:
        """Pass on."""
        self.whole.log(line)

    def metric(self, name: str, value: float, step: int | None = None) -> None:
        """Pass on."""
        self.whole.metric(name, value, step)

    def should_stop(self) -> bool:
        """Pass on."""
        return self.whole.should_stop()

    def save_checkpoint(self, state: bytes) -> None:
        """Keep nothing: a training of minutes starts again."""

    def load_checkpoint(self) -> bytes | None:
        """Return nothing."""
        return None


def _register(
    context: JobContext,
    detector: Detector,
    history: History,
    fitted: Fitted,
    generation: int,
) -> dict[str, Any]:
    """Register the version, point an alias at it, switch the states, all or nothing."""
    actor = _registrar(context)
    metrics = dict(_metrics(fitted.report))
    for name, value in metrics.items():
        context.metric(name, value)
    with context.fenced():
        version = registry.register_version(
            actor=actor,
            model=registry.ModelSpec(detector.name, APPLICATION, TASK),
            bundle=fitted.bundle(),
            metrics=metrics,
            parameters={**fitted.report, "validation": None, "asked": dict(detector.params)},
            lineage=registry.Lineage(
                dataset_versions=(history.version.id,),
                code_version=CODE_VERSION,
                seed=int(detector.params.get("seed", 0)),
                job_id=context.job_id,
            ),
        )
        _point_alias(actor, version)
        serving.ensure_endpoint(
            actor=actor, name=detector.name, model_name=detector.name, alias=CHAMPION
        )
        warming.switch(
            detector,
            generation,
            features=history.features.spec(),
            normals=_normals(fitted),
        )
    warming.forget(detector, generation)
    return {"model": detector.name, "version": version.number, "metrics": metrics}


def _metrics(report: Any) -> Iterator[tuple[str, float]]:
    """Yield the figures of validation, and how much was learned from."""
    for name, value in {**(report.get("validation") or {}), **report}.items():
        plain = isinstance(value, int | float) and not isinstance(value, bool)
        if plain and np.isfinite(value):
            yield name, float(value)


def _normals(fitted: Fitted) -> dict[str, dict[str, Any]]:
    """Return name -> what is usual among honest events."""
    pairs = zip(fitted.names, fitted.normal.tolist(), strict=True)
    return {name: {"normal": round(value, 6)} for name, value in pairs}


def _point_alias(actor: Actor, version: registry.ModelVersion) -> None:
    """Make the first version champion; a person promotes later ones."""
    taken = CHAMPION in registry.aliases(actor=actor, model=version.model)
    registry.set_alias(
        actor=actor,
        model=version.model,
        alias=CHALLENGER if taken else CHAMPION,
        version=version,
        reason="Trained by job",
    )


def _registrar(context: JobContext) -> Actor:
    """Return who writes the version: an analyst may train, but only the platform may register for them."""
    needed = ("model.register", "model.promote", "endpoint.manage", "model.view")
    if all(context.actor.can(action) for action in needed):
        return context.actor
    return platform_actor(context.organisation)


def _stop_if_asked(progress: Progress) -> None:
    if progress.should_stop():
        raise TrainingStoppedError("The training was stopped.")
