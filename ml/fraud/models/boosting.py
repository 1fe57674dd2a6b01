"""Gradient-boosted trees by XGBoost; several bags are merged into one booster.

Bags differ by their draws (rows, columns, honest rows) and share one base score, so their mean margin is
again a sum of trees: the merged booster is what is kept, converted and explained. 8192 bins: amounts and
counts of cards have sharp edges (256 cost .045 average precision on the handbook data).

Shapes: N rows, F features.
"""

import json
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
import xgboost
from numpy.typing import NDArray

from ml.common import seeds
from ml.common.progress import Progress, TrainingStoppedError
from ml.fraud.errors import ModelStateError, NotFittedError, SettingsError
from ml.fraud.examples import Examples, Floats, Ints
from ml.fraud.models.contract import SILENT, Arrays, Model
from ml.fraud.models.tree_reasons import TreeReasons
from ml.runtime import trees

MOST_TREES = 20_000
ROWS_ALONE = 4
"""Requests of so few rows are explained in numpy, which costs a tenth of XGBoost's set-up."""


@dataclass(frozen=True)
class BoostingParams:
    """Settings.

    Attributes:
        rounds: trees of each bag.
        bags: boosters whose margins are averaged.
        honest_share: of the honest rows that each bag draws (balanced bagging).
        fraud_weight: of each fraud. Both move margins up by their logarithm, which calibration mends.
        max_bin: of histograms.
    """

    rounds: int = 100
    depth: int = 3
    learning_rate: float = 0.1
    min_child_weight: float = 1.0
    subsample: float = 0.8
    columns: float = 0.6
    penalty: float = 1.0
    gamma: float = 0.0
    bags: int = 1
    honest_share: float = 1.0
    fraud_weight: float = 1.0
    max_bin: int = 8192
    seed: int = 0
    threads: int = 1

    def __post_init__(self) -> None:
        if not 1 <= self.rounds * self.bags <= MOST_TREES:
            raise SettingsError(
                f"rounds x bags: 1 to {MOST_TREES} trees, not {self.rounds * self.bags}."
            )
        if not (1 <= self.depth <= 12 and 2 <= self.max_bin <= 65_536):
            raise SettingsError("depth: 1 to 12; max_bin: 2 to 65536.")
        if not (0 < self.honest_share <= 1 and 0 < self.subsample <= 1 and 0 < self.columns <= 1):
            raise SettingsError("honest_share, subsample and columns: more than 0, at most 1.")
        if self.fraud_weight <= 0:
            raise SettingsError("fraud_weight: more than 0.")


class Boosting(Model):
    """See the file."""

    kind = "xgboost"
    takes_monotone = True

    def __init__(
        self, params: BoostingParams | None = None, monotone_F: tuple[int, ...] = ()
    ) -> None:
        self.params = params or BoostingParams()
        self.monotone = monotone_F
        self._booster: xgboost.Booster | None = None
        self._raw = b""
        self._reasons: tuple[TreeReasons, float] | None = None

    def fit(self, examples: Examples, progress: Progress = SILENT) -> Self:
        """Learn; see Model."""
        bags = []
        for bag in range(self.params.bags):
            rows = self._drawn(examples, bag)
            bags.append(self._boost(examples.rows(rows), bag, progress))
            progress.update(0.9 * (bag + 1) / self.params.bags, f"Bag {bag + 1}")
        self._load(merged(bags))
        return self

    def margins(self, features_NF: Floats) -> Floats:
        """Walk the trees."""
        booster = self._fitted()
        if not len(features_NF):
            return np.empty(0, dtype=np.float32)
        margins = booster.inplace_predict(
            features_NF, predict_type="margin", validate_features=False
        )
        return np.asarray(margins, dtype=np.float32).reshape(-1)

    def contributions(self, features_NF: Floats) -> Floats:
        """Return TreeSHAP values, path-dependent: by XGBoost itself, or of few rows by `tree_reasons`."""
        booster = self._fitted()
        if not len(features_NF):
            return np.empty((0, self.n_features + 1), dtype=np.float32)
        if len(features_NF) > ROWS_ALONE:
            return _by_xgboost(booster, features_NF)
        if self._reasons is None:  # the same whichever thread comes first
            model = trees.read(self._raw, "model.ubj")["gradient_booster"]["model"]
            reasons = TreeReasons.of(model["trees"], self.n_features)
            start = float(_by_xgboost(booster, features_NF[:1])[0, -1])
            self._reasons = (reasons, start)
        reasons, start = self._reasons
        return np.array([[*reasons(row_F), start] for row_F in features_NF], dtype=np.float32)

    def to_arrays(self) -> dict[str, NDArray[Any]]:
        """Return the booster's own file."""
        self._fitted()
        return {"booster": np.frombuffer(self._raw, dtype=np.uint8)}

    @classmethod
    def from_arrays(cls, arrays: Arrays) -> Self:
        """Restore; the file is checked by our own reader first."""
        if "booster" not in arrays:
            raise ModelStateError("The stored model lacks the array 'booster'.")
        made = cls()
        raw = np.asarray(arrays["booster"]).tobytes()
        try:
            trees.read(raw, "model.ubj")
            made._load(raw)
        except (xgboost.core.XGBoostError, ValueError) as error:
            raise ModelStateError(f"The stored booster cannot be loaded: {error}") from error
        return made

    @property
    def n_features(self) -> int:
        """Features of the booster."""
        return int(self._fitted().num_features())

    def network(self) -> bytes | None:
        """Return the trees as one ONNX network, where it answers alike."""
        return trees.convert(
            self._fitted(), trees.read(self._raw, "model.ubj"), margin=True, flat=True
        )

    def _boost(self, examples: Examples, bag: int, progress: Progress) -> xgboost.Booster:
        p = self.params
        fraud_N = examples.labels == 1
        weights = np.where(fraud_N, p.fraud_weight, 1.0)
        table = xgboost.QuantileDMatrix(
            examples.features, fraud_N, weight=weights, max_bin=p.max_bin, nthread=p.threads
        )
        settings = {
            "objective": "binary:logistic", "tree_method": "hist", "max_bin": p.max_bin,
            "max_depth": p.depth, "eta": p.learning_rate, "min_child_weight": p.min_child_weight,
            "subsample": p.subsample, "colsample_bytree": p.columns, "lambda": p.penalty,
            "gamma": p.gamma, "seed": p.seed * 1_000 + bag, "nthread": p.threads,
            "base_score": float(np.clip((weights * fraud_N).sum() / weights.sum(), 1e-6, 0.5)),
        }  # fmt: skip
        if any(self.monotone):
            settings["monotone_constraints"] = tuple(self.monotone)
        return xgboost.train(settings, table, p.rounds, callbacks=[_Stopping(progress)])

    def _drawn(self, examples: Examples, bag: int) -> Ints:
        """Return the rows of a bag: every fraud, and a share of the honest ones."""
        if self.params.honest_share >= 1:
            return np.arange(len(examples))
        honest = np.flatnonzero(examples.labels != 1)
        rng = seeds.generator(self.params.seed, f"bag {bag}")
        some = max(1, round(self.params.honest_share * len(honest)))
        drawn = rng.choice(honest, some, replace=False)
        return np.sort(np.concatenate([np.flatnonzero(examples.labels == 1), drawn]))

    def _load(self, raw: bytes) -> None:
        booster = xgboost.Booster()
        booster.load_model(bytearray(raw))
        booster.set_param({"nthread": 1})  # a team of threads per row costs 30 ms on a busy machine
        self._booster, self._raw, self._reasons = booster, raw, None

    def _fitted(self) -> xgboost.Booster:
        if self._booster is None:
            raise NotFittedError("The model was not fitted yet.")
        return self._booster


def _by_xgboost(booster: xgboost.Booster, features_NF: Floats) -> Floats:
    table = xgboost.DMatrix(features_NF, nthread=1)
    found = booster.predict(table, pred_contribs=True, validate_features=False)
    return np.asarray(found, dtype=np.float32)


class _Stopping(xgboost.callback.TrainingCallback):  # type: ignore[misc]
    """Ends a boosting whose job was stopped."""

    def __init__(self, progress: Progress) -> None:
        super().__init__()
        self._progress = progress

    def after_iteration(self, model: Any, epoch: int, evals_log: Any) -> bool:
        """Look once per tree."""
        if self._progress.should_stop():
            raise TrainingStoppedError("Stopped while boosting.")
        return False


def merged(boosters: list[xgboost.Booster]) -> bytes:
    """Return one booster (UBJSON) whose margin is the mean of those given; they share a base score.

    Honest shares are alike in all bags, so base scores differ by nothing but rounding.
    """
    if len(boosters) == 1:
        return bytes(boosters[0].save_raw("ubj"))
    documents = [json.loads(each.save_raw("json")) for each in boosters]
    whole = documents[0]
    model = whole["learner"]["gradient_booster"]["model"]
    found = [t for d in documents for t in d["learner"]["gradient_booster"]["model"]["trees"]]
    for place, tree in enumerate(found):
        tree["id"] = place
        for node, left in enumerate(tree["left_children"]):
            tree["base_weights"][node] /= len(boosters)
            if left == -1:
                tree["split_conditions"][node] /= len(boosters)
    model["trees"], model["tree_info"] = found, [0] * len(found)
    model["iteration_indptr"] = list(range(len(found) + 1))
    model["gbtree_model_param"]["num_trees"] = str(len(found))
    booster = xgboost.Booster()
    booster.load_model(bytearray(json.dumps(whole).encode()))
    return bytes(booster.save_raw("ubj"))
