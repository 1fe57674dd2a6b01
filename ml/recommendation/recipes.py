"""A model not yet fitted, as JSON: its kind and its settings; of a blend, its members and their weights."""

import dataclasses
from collections.abc import Mapping, Sequence
from importlib import import_module
from typing import Any

from ml.recommendation.contract import Recommender
from ml.recommendation.errors import ModelStateError, SettingsError
from ml.recommendation.kinds import model_class

PARAMS = {
    "als": "ml.recommendation.als:AlsParams",
    "bpr": "ml.recommendation.bpr:BprParams",
    "ease": "ml.recommendation.ease:EaseParams",
    "feature_mf": "ml.recommendation.feature_mf:FeatureMfParams",
    "graph_filter": "ml.recommendation.graph_filter:GraphFilterParams",
    "sasrec": "ml.recommendation.sasrec.params:SasRecParams",
    "two_tower": "ml.recommendation.two_tower.params:TwoTowerParams",
}
"""Kinds with settings, and the dataclass of them."""


def known_settings(kind: str) -> frozenset[str]:
    """Return the names of a kind's settings."""
    if kind not in PARAMS:
        return frozenset()
    return frozenset(each.name for each in dataclasses.fields(_params(kind)))


def complete(kind: str, settings: Mapping[str, Any]) -> dict[str, Any]:
    """Return the given settings with the defaults of all others.

    Raises:
        SettingsError: they do not go together.
    """
    if kind not in PARAMS:
        return {}
    try:
        return dataclasses.asdict(_params(kind)(**settings))
    except ValueError as error:
        raise SettingsError(f"The settings do not go together: {error}") from error


def blend(
    members: Sequence[tuple[str, Mapping[str, Any]]], weights: Sequence[float]
) -> dict[str, Any]:
    """Return the settings of a blend."""
    named = [{"kind": kind, "settings": dict(settings)} for kind, settings in members]
    return {"members": named, "weights": [round(each, 3) for each in weights]}


def build(kind: str, settings: Mapping[str, Any]) -> Recommender:
    """Return the model, not yet fitted.

    Raises:
        ModelStateError: unknown kind, or settings it does not have.
    """
    if kind == "blend":
        from ml.recommendation.blend import Blend  # noqa: PLC0415  (only this kind has members)

        members = [build(each["kind"], each["settings"]) for each in settings["members"]]
        return Blend(members, settings["weights"])
    found = model_class(kind)
    if kind not in PARAMS:
        return found()
    unknown = set(settings) - known_settings(kind)
    if unknown:
        raise ModelStateError(f"A model of kind {kind!r} has no settings {sorted(unknown)}.")
    return found(_params(kind)(**settings))  # type: ignore[call-arg]


def refitted(kind: str, settings: Mapping[str, Any], fitted: Recommender) -> dict[str, Any]:
    """Return the settings of the last fit, on everything: the epochs found, without a cut of its own."""
    if kind == "blend":
        pairs = zip(settings["members"], getattr(fitted, "members", ()), strict=True)
        members = [(e["kind"], refitted(e["kind"], e["settings"], model)) for e, model in pairs]
        return blend(members, settings["weights"])
    epochs, validation = getattr(fitted, "epochs_used", 0), settings.get("validation")
    if not epochs or not validation:
        return dict(settings)
    return {**settings, "epochs": epochs, "validation": type(validation)(0)}


def _params(kind: str) -> type[Any]:
    module, name = PARAMS[kind].split(":")
    found: type[Any] = getattr(import_module(module), name)
    return found
