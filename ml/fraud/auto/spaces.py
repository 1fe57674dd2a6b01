"""What the search may try: which kinds, where each starts, what it may change."""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import optuna

STARTS: dict[str, list[dict[str, Any]]] = {
    "logistic": [{}],
    "isolation_forest": [{}],
    "xgboost": [{}],
}
"""In this order: cheap ones first."""
TUNED = ("xgboost", "logistic")


def suggest(trial: "optuna.Trial", kind: str) -> dict[str, Any]:
    """Return settings drawn for a trial."""
    if kind == "logistic":
        return {"penalty": round(trial.suggest_float("logistic_penalty", 1e-4, 10.0, log=True), 5)}
    step = trial.suggest_float("step", 0.03, 0.3, log=True)
    effort = trial.suggest_float("effort", 3.0, 20.0, log=True)  # step x rounds
    return {
        "learning_rate": round(step, 4),
        "rounds": int(min(max(effort / step, 20), 400)),
        "depth": trial.suggest_int("depth", 2, 7),
        "min_child_weight": round(trial.suggest_float("child", 0.1, 10.0, log=True), 2),
        "columns": round(trial.suggest_float("columns", 0.3, 1.0), 2),
        "subsample": round(trial.suggest_float("rows", 0.5, 1.0), 2),
        "penalty": round(trial.suggest_float("penalty", 0.1, 20.0, log=True), 2),
        "fraud_weight": trial.suggest_categorical("fraud_weight", [1.0, 3.0, 10.0]),
    }
