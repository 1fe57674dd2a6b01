"""What a search may vary: up to 32 parameters with bounds or choices. Light: a web process asks it."""

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, NoReturn

from ml.tuning.errors import TuningError

MAX_PARAMETERS, MAX_NAME, MAX_CHOICES, MAX_TEXT = 32, 120, 32, 200
MAX_NUMBER = 100_000_000
TAKEN = {
    "float": frozenset({"low", "high", "log"}),
    "int": frozenset({"low", "high", "log", "step"}),
    "categorical": frozenset({"choices"}),
}
Value = float | int | str | bool | None


@dataclass(frozen=True)
class Parameter:
    """One thing to vary.

    Attributes:
        name: path in the request; see `paths`.
        kind: float, int or categorical.
        low, high: bounds, both included.
        log: draw evenly over orders of magnitude.
        step: distance of whole numbers.
        choices: of a categorical parameter.
    """

    name: str
    kind: str
    low: float = 0
    high: float = 0
    log: bool = False
    step: int = 1
    choices: tuple[Value, ...] = ()

    @property
    def extremes(self) -> tuple[Value, ...]:
        """Return the values that must be possible for all to be."""
        return self.choices or (self.low, self.high)

    def as_json(self) -> dict[str, Any]:
        """Return it as a request would ask for it."""
        kept = asdict(self)
        return {"type": self.kind} | {
            name: list(kept[name]) if name == "choices" else kept[name]
            for name in sorted(TAKEN[self.kind])
        }


Space = dict[str, Parameter]


def checked(asked: Mapping[str, Any]) -> Space:
    """Return the parameters by name, in the order of their names.

    Raises:
        TuningError: says which parameter, what is wrong with it and what it takes.
    """
    if not isinstance(asked, Mapping) or not 1 <= len(asked) <= MAX_PARAMETERS:
        count = len(asked) if isinstance(asked, Mapping) else 0
        raise TuningError(
            f"The space has {count} parameters.",
            f"Name 1 to {MAX_PARAMETERS}, for example "
            '{"fit.batch_size": {"type": "categorical", "choices": [32, 64]}}.',
        )
    return {str(name): _parameter(str(name), asked[name]) for name in sorted(asked)}


def _parameter(name: str, asked: Any) -> Parameter:
    if not 1 <= len(name) <= MAX_NAME:
        raise TuningError(
            f"The parameter “{name[:40]}…” has a name of {len(name)} characters.",
            f"Use at most {MAX_NAME}.",
        )
    if not isinstance(asked, Mapping) or asked.get("type") not in list(TAKEN):
        _refuse(name, "has no known type", "Give it a `type`: float, int or categorical.")
    kind = str(asked["type"])
    unknown = sorted(str(each) for each in asked.keys() - TAKEN[kind] - {"type"})
    if unknown:
        _refuse(
            name,
            f"takes no “{unknown[0][:40]}”",
            f"A parameter of type {kind} takes {', '.join(sorted(TAKEN[kind]))}.",
        )
    if kind == "categorical":
        return Parameter(name, kind, choices=_choices(name, asked.get("choices")))
    return _numeric(name, kind, asked)


def _choices(name: str, asked: Any) -> tuple[Value, ...]:
    if not isinstance(asked, (list, tuple)) or not 2 <= len(asked) <= MAX_CHOICES:
        _refuse(name, "names no choices", f"Give 2 to {MAX_CHOICES} `choices`.")
    for each in asked:
        if isinstance(each, str):
            fits = len(each) <= MAX_TEXT
        else:
            fits = each is None or isinstance(each, bool) or _is_number(each)
        if not fits:
            _refuse(
                name,
                f"has the choice {str(each)[:40]!r}",
                f"Choose among numbers up to {MAX_NUMBER:,}, short texts, true, false and null.",
            )
    if len({(type(each), each) for each in asked}) < len(asked):
        _refuse(name, "names a choice twice", "Name each choice once.")
    return tuple(asked)


def _numeric(name: str, kind: str, asked: Mapping[str, Any]) -> Parameter:
    low: Any = asked.get("low")
    high: Any = asked.get("high")
    log, step = asked.get("log", False), asked.get("step", 1)
    for word, value in (("low", low), ("high", high), ("step", step)):
        whole = kind == "int" or word == "step"
        if not _is_number(value) or (whole and int(value) != value):
            _refuse(
                name,
                f"has {repr(value)[:40]} as `{word}`",
                f"Give a {'whole ' if whole else ''}number up to {MAX_NUMBER:,}.",
            )
    if not low < high:
        _refuse(name, f"goes from {low} to {high}", "Let `low` be less than `high`.")
    if not isinstance(log, bool) or (log and low <= 0):
        _refuse(
            name,
            "cannot be drawn on a log scale",
            "`log` is true or false; it needs a positive `low`.",
        )
    if step < 1 or (log and step != 1):
        _refuse(name, f"has the step {step}", "Use a step of at least 1, and none with `log`.")
    cast = int if kind == "int" else float
    return Parameter(name, kind, cast(low), cast(high), log, int(step))


def _is_number(value: Any) -> bool:
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return False
    return math.isfinite(value) and abs(value) <= MAX_NUMBER


def _refuse(name: str, words: str, remedy: str) -> NoReturn:
    raise TuningError(f"The parameter “{name}” {words}.", remedy, f"space.{name}")
