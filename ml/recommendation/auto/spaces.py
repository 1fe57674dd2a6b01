"""What may be tried: which kinds suit the data, where each starts, and what the search may change.

The starts are settings that did well on internal cuts of three public sets (README.md); the ranges reach a
few times beyond. On those sets the best of ALS lay along one ridge, confidence about 2.5 x regularisation.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ml.recommendation import ease
from ml.recommendation.data import Features, Interactions
from ml.recommendation.recipes import complete

if TYPE_CHECKING:
    import optuna

    from ml.recommendation.auto.asked import Asked

EASE_MIB = 384  # of its matrix: 10,000 items; beyond, the graph filter takes its place
FEW_ROWS = 200_000  # with fewer the graph filter is cheap enough to try beside EASE
WIDE_FROM = 10_000  # users and items from which more than 128 factors can pay
TRIAL_ITERATIONS = 10  # of ALS: the order of settings is settled by then
DEEP_FROM_S = 120.0  # of the budget: with less, networks are not tried
DEEP_SHARE = 0.35  # of the budget for the epochs of one
DEEP_ROW_S = 1e-4  # seconds per row and epoch of a network on 2 cores, loaded
MOST_EPOCHS = 30
BASELINES = ("popularity", "recency")


@dataclass(frozen=True)
class Facts:
    """What the choice of kinds depends on."""

    users: int
    items: int
    rows: int
    ordered: bool
    rated: bool
    described: bool

    @classmethod
    def of(cls, interactions: Interactions, features: Features) -> "Facts":
        """Read them off the data."""
        return cls(
            users=interactions.n_users,
            items=interactions.n_items,
            rows=len(interactions),
            ordered=interactions.times is not None,
            rated=interactions.ratings is not None,
            described=features.users is not None or features.items is not None,
        )

    @property
    def wide(self) -> bool:
        """True when both sides are large."""
        return min(self.users, self.items) >= WIDE_FROM


def kinds(facts: Facts, budget_s: float) -> list[str]:
    """Return the kinds to try, in this order; baselines first."""
    found = ["popularity", *(["recency"] if facts.ordered else []), "als"]
    fits = ease.fits(facts.items, EASE_MIB)
    if fits:
        found.append("ease")
    if not fits or facts.rows <= FEW_ROWS:
        found.append("graph_filter")
    if epochs(facts, budget_s) > 1 and budget_s >= DEEP_FROM_S:
        found += [
            *(["sasrec"] if facts.ordered else []),
            *(["two_tower"] if facts.described else []),
        ]
    return found


def epochs(facts: Facts, budget_s: float) -> int:
    """Return the epochs of a network that the budget has time for."""
    return min(MOST_EPOCHS, int(DEEP_SHARE * budget_s / (facts.rows * DEEP_ROW_S)))


def starts(kind: str, facts: Facts, asked: "Asked") -> list[dict[str, Any]]:
    """Return the settings a kind is first tried with."""
    if kind == "als":
        plain: dict[str, Any] = {"seed": asked.seed, "report_loss": False}
        found = [{**plain, "factors": 256 if facts.wide else 128}]
        return [*found, {**found[0], "use_ratings": False}] if facts.rated else found
    if kind in ("sasrec", "two_tower"):
        return [{"seed": asked.seed, "epochs": max(2, epochs(facts, asked.budget_s))}]
    return [{}]


def suggest(
    trial: "optuna.Trial", kind: str, facts: Facts, first: dict[str, Any]
) -> dict[str, Any]:
    """Return settings drawn for a trial; `first` is the kind's best start."""
    if kind == "als":
        width = [64, 128, 256, 384] if facts.wide else [16, 32, 64, 128, 192]
        regularisation = trial.suggest_float("als_regularisation", 0.1, 2.0, log=True)
        ratio = trial.suggest_float("als_ratio", 1.2, 5.0, log=True)
        return {
            **first,
            "factors": trial.suggest_categorical("als_factors", width),
            "regularisation": round(regularisation, 3),
            "confidence": round(regularisation * ratio, 3),
        }
    if kind == "ease":
        return {
            "regularisation": round(trial.suggest_float("ease_penalty", 0.1, 10.0, log=True), 3),
            "dropout": round(trial.suggest_float("ease_dropout", 0.0, 0.8), 2),
            "user_power": round(trial.suggest_float("ease_user_power", 0.0, 1.0), 2),
        }
    return {
        "rank": trial.suggest_categorical("graph_rank", [32, 64, 128, 256]),
        "user_power": round(trial.suggest_float("graph_user_power", 0.1, 0.6), 2),
        "item_power": round(trial.suggest_float("graph_item_power", 0.2, 0.6), 2),
        "low_weight": round(trial.suggest_float("graph_low_weight", 0.0, 1.0), 2),
        "sharpen": trial.suggest_categorical("graph_sharpen", [0.0, 1.0, 2.5]),
    }


TUNED = frozenset({"als", "ease", "graph_filter"})
"""Kinds that train fast enough to be tried many times."""


def for_the_last_fit(kind: str, settings: dict[str, Any]) -> dict[str, Any]:
    """Return the complete settings to train everything with."""
    return complete(kind, {**settings, "report_loss": True} if kind == "als" else settings)


WORDS = {
    "als": "ALS, {factors} factors, regularisation {regularisation:g}, confidence {confidence:g}",
    "ease": "EASE, regularisation {regularisation:g}, dropout {dropout:g}, user power {user_power:g}",
    "graph_filter": (
        "Graph filter, rank {rank}, powers {user_power:g} and {item_power:g}, "
        "low pass {low_weight:g}, sharpening {sharpen:g}"
    ),
    "bpr": "BPR, {factors} factors, regularisation {regularisation:g}",
    "popularity": "Popularity",
    "recency": "Popularity of late",
    "sasrec": "Sequences, width {width}, latest {length} events",
    "two_tower": "Two towers, width {width}",
    "feature_mf": "Factorisation with features",
}


def words(kind: str, settings: dict[str, Any]) -> str:
    """Return a setting in words; listed in platform_core.sentences."""
    if kind == "blend":
        pairs = zip(settings["members"], settings["weights"], strict=True)
        return "Blend: " + " + ".join(f"{weight:g} x {NAMES[m['kind']]}" for m, weight in pairs)
    whole = complete(kind, settings)
    ignored = kind == "als" and not whole["use_ratings"]
    return WORDS[kind].format(**whole) + (", ratings ignored" if ignored else "")


NAMES = {
    "als": "ALS",
    "bpr": "BPR",
    "ease": "EASE",
    "feature_mf": "factorisation with features",
    "graph_filter": "graph filter",
    "popularity": "popularity",
    "recency": "popularity of late",
    "sasrec": "sequences",
    "two_tower": "two towers",
}
