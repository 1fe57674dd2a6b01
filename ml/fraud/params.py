"""What a fit is asked."""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Any, Self

from ml.fraud.errors import SettingsError

CALIBRATIONS = ("auto", "isotonic", "platt", "none")
AUTO = "auto"


@dataclass(frozen=True)
class FitParams:
    """Which model, and how.

    Attributes:
        model: `auto`, or a kind of `ml.fraud.models.kinds.MODELS`.
        settings: of that kind (see `recipes.complete`); empty takes its defaults.
        monotone: feature name -> 1 (more is never less suspicious) or -1.
        calibration: `auto` (isotonic with many frauds, else Platt), `isotonic`, `platt` or `none`.
        label_delay_s: seconds until an event's label is known; validation leaves such a gap.
        budget_s: seconds that `auto` may search.
        kinds: what `auto` may try; None: all that suit the data.
        seed: of every draw.
        threads: of libraries that use several.
    """

    model: str = AUTO
    settings: Mapping[str, Any] = field(default_factory=dict)
    monotone: Mapping[str, int] = field(default_factory=dict)
    calibration: str = "auto"
    label_delay_s: float = 0.0
    budget_s: float = 120.0
    kinds: tuple[str, ...] | None = None
    seed: int = 0
    threads: int = 1

    def __post_init__(self) -> None:
        if self.calibration not in CALIBRATIONS:
            raise SettingsError(
                f"calibration {self.calibration!r}: write one of {', '.join(CALIBRATIONS)}."
            )
        if any(sign not in (-1, 1) for sign in self.monotone.values()):
            raise SettingsError("monotone: write 1 (rising) or -1 (falling) for each feature.")
        if self.label_delay_s < 0 or self.budget_s <= 0:
            raise SettingsError("label_delay_s is at least 0 and budget_s more than 0.")
        if self.model == AUTO and self.settings:
            raise SettingsError("settings go with a named model; auto chooses its own.")

    @classmethod
    def of(cls, given: "Mapping[str, Any] | FitParams | None") -> Self:
        """Return params from JSON.

        Raises:
            SettingsError: a name that does not exist, or a value that cannot be.
        """
        if isinstance(given, cls):
            return given
        named = dict(given or {})  # type: ignore[arg-type]
        known = {each.name for each in fields(cls)}
        if unknown := sorted(set(named) - known):
            raise SettingsError(f"params has no {unknown}; known: {sorted(known)}.")
        if isinstance(named.get("kinds"), list):
            named["kinds"] = tuple(named["kinds"])
        try:
            return cls(**named)
        except TypeError as error:
            raise SettingsError(f"params: {error}") from error
