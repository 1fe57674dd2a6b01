"""The door: events in, a detector out.

Shapes: N rows, F features.
"""

import time
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ml.common.progress import Progress
from ml.fraud import auto, examples, recipes, validating
from ml.fraud.detector import Detector
from ml.fraud.errors import NothingToLearnError
from ml.fraud.examples import Examples, Floats
from ml.fraud.models.contract import SILENT
from ml.fraud.models.kinds import model_class
from ml.fraud.params import AUTO, FitParams

LEAST_OF_EACH = 5


def fit(  # noqa: PLR0913  (the door of the package: five columns of one table)
    features_NF: NDArray[Any],
    labels_N: NDArray[Any] | None,
    times_N: NDArray[Any] | None,
    *,
    names: Sequence[str],
    groups_N: NDArray[Any] | None = None,
    amounts_N: NDArray[Any] | None = None,
    params: Mapping[str, Any] | FitParams | None = None,
    progress: Progress = SILENT,
) -> Detector:
    """Fit a detector.

    Args:
        features_NF: float (N, F); NaN is missing. Already point in time: a row holds only what was known
            at its own time.
        labels_N: 1 fraud, 0 honest, NaN not known (yet); None when there are no labels at all (then only
            the models of strangeness are fitted, and the score is the share of events less strange).
        times_N: seconds or datetime64; None when rows have no time. Validation is ordered by it.
        names: of the features.
        groups_N: whose event it is (the customer); used by the figures per card.
        amounts_N: what each event puts at risk; used by the figures of costs.
        params: see `FitParams`; also as a mapping.
        progress: told of the steps; may stop the fit.

    Returns:
        The detector; `report` says what was tried and how well it did on later events.

    Raises:
        FraudDataError: the data or the settings cannot be used; the words say what to do.
        TrainingStoppedError: `progress.should_stop()` became true.
    """
    started_s = time.monotonic()
    asked = FitParams.of(params)
    given = examples.build(
        features_NF, labels_N, times_N, names=names, groups_N=groups_N, amounts_N=amounts_N
    )
    if asked.model == AUTO:
        found = auto.search(given, asked, progress)
    else:
        found = auto.Found(
            asked.model, dict(asked.settings), [], "The model was chosen by a person."
        )
    _check_labels(given, found.kind)
    recipe = recipes.Recipe.of(found.kind, found.settings, asked, given.names)
    progress.update(0.9, "Fitting the chosen model on everything")
    model = recipe.build().fit(given if not model_class(found.kind).needs_labels
                               else given.rows(given.known_N), progress)  # fmt: skip
    checked = validating.check(recipe, model, given, asked, progress)
    report = {
        "model": found.kind,
        "settings": recipe.settings,
        "words": recipes.words(found.kind, recipe.settings),
        "why": found.why,
        "trials": found.trials,
        "validation": checked.figures,
        "calibration": checked.calibration.kind,
        "rows": len(given),
        "frauds": given.frauds,
        "seconds": round(time.monotonic() - started_s, 2),
    }
    return Detector(model, checked.calibration, given.names, _normal(given), report)


def _check_labels(given: Examples, kind: str) -> None:
    if not model_class(kind).needs_labels:
        return
    honest = int((given.labels == 0).sum())
    if min(given.frauds, honest) < LEAST_OF_EACH:
        raise NothingToLearnError(
            f"{given.frauds} frauds and {honest} honest events have labels; this model needs "
            f"{LEAST_OF_EACH} of each. Label more events, or choose isolation_forest or autoencoder."
        )


def _normal(given: Examples) -> Floats:
    """Return each feature's median among events not known to be fraud; 0 where it is never known."""
    honest_NF = given.features[given.labels != 1]
    present_F = np.isfinite(honest_NF).any(axis=0)
    normal_F = np.zeros(honest_NF.shape[1], dtype=np.float32)
    normal_F[present_F] = np.nanmedian(honest_NF[:, present_F], axis=0)
    return normal_F
