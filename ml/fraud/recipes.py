"""A model not yet fitted, as JSON: its kind and its settings; of a blend, its members and their weights."""

import dataclasses
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib import import_module
from typing import Any, Self

from ml.fraud.errors import SettingsError
from ml.fraud.models.contract import Model
from ml.fraud.models.kinds import model_class
from ml.fraud.params import FitParams

PARAMS = {
    "autoencoder": "ml.fraud.models.autoencoder:AutoencoderParams",
    "isolation_forest": "ml.fraud.models.isolation_forest:IsolationForestParams",
    "logistic": "ml.fraud.models.logistic:LogisticParams",
    "xgboost": "ml.fraud.models.boosting:BoostingParams",
}
"""Kinds with settings, and the dataclass of them."""

WORDS = {
    "autoencoder": "Autoencoder, width {width}",
    "isolation_forest": "Isolation forest, {trees} trees",
    "logistic": "Logistic regression, penalty {penalty:g}",
    "xgboost": "XGBoost, {rounds} rounds, depth {depth}, step {learning_rate:g}, {bags} bags",
}
NAMES = {
    "autoencoder": "autoencoder",
    "blend": "blend",
    "isolation_forest": "isolation forest",
    "logistic": "logistic regression",
    "xgboost": "XGBoost",
}


@dataclass(frozen=True)
class Recipe:
    """How to build one model; `settings` are complete."""

    kind: str
    settings: dict[str, Any]
    monotone: tuple[int, ...]

    @classmethod
    def of(
        cls, kind: str, settings: Mapping[str, Any], asked: FitParams, names: Sequence[str]
    ) -> Self:
        """Return the recipe with the defaults of all settings not given.

        Raises:
            SettingsError: unknown kind, setting or feature; or constraints the kind cannot keep.
        """
        unknown = sorted(set(asked.monotone) - set(names))
        if unknown:
            raise SettingsError(f"monotone names {unknown}, which are no features.")
        monotone_F = tuple(asked.monotone.get(name, 0) for name in names) if asked.monotone else ()
        return cls(kind, complete(kind, settings, asked), monotone_F)

    def build(self) -> Model:
        """Return the model, not yet fitted."""
        return build(self.kind, self.settings, self.monotone)


def complete(kind: str, settings: Mapping[str, Any], asked: FitParams) -> dict[str, Any]:
    """Return the given settings with the defaults of all others.

    Raises:
        SettingsError: unknown, or they do not go together.
    """
    if kind == "blend":
        members = settings.get("members", ())
        named = [
            {"kind": m["kind"], "settings": complete(m["kind"], m["settings"], asked)}
            for m in members
        ]
        return {"members": named, "weights": list(settings.get("weights", ()))}
    model_class(kind)
    known = {each.name for each in dataclasses.fields(_params(kind))}
    if unknown := sorted(set(settings) - known):
        raise SettingsError(f"A model of kind {kind!r} has no settings {unknown}.")
    common = {"seed": asked.seed, "threads": asked.threads}
    given = {name: value for name, value in common.items() if name in known} | dict(settings)
    try:
        return dataclasses.asdict(_params(kind)(**given))
    except (TypeError, ValueError) as error:
        raise SettingsError(f"The settings do not go together: {error}") from error


def build(kind: str, settings: Mapping[str, Any], monotone_F: tuple[int, ...] = ()) -> Model:
    """Return the model, not yet fitted.

    Raises:
        SettingsError: the kind cannot keep constraints.
    """
    if kind == "blend":
        from ml.fraud.models.blend import Blend  # noqa: PLC0415  (only this kind has members)

        members = [build(m["kind"], m["settings"], monotone_F) for m in settings["members"]]
        return make(Blend, members, settings["weights"])
    found = model_class(kind)
    params = _params(kind)(**settings)
    if not found.takes_monotone:
        if any(monotone_F):
            raise SettingsError(
                f"{NAMES[kind]} cannot keep monotone constraints; take xgboost or logistic."
            )
        return make(found, params)
    return make(found, params, monotone_F)


def make(found: type[Any], *given: Any) -> Model:
    """Return a model of a class; classes differ in what they are made from."""
    made: Model = found(*given)
    return made


def words(kind: str, settings: Mapping[str, Any]) -> str:
    """Return a setting in words; listed in platform_core.sentences."""
    if kind == "blend":
        pairs = zip(settings["members"], settings["weights"], strict=True)
        return "Blend: " + " + ".join(f"{w:.2f} x {NAMES[m['kind']]}" for m, w in pairs)
    whole = {**dataclasses.asdict(_params(kind)()), **settings}
    return WORDS[kind].format(**whole)


def _params(kind: str) -> type[Any]:
    module, name = PARAMS[kind].split(":")
    found: type[Any] = getattr(import_module(module), name)
    return found
