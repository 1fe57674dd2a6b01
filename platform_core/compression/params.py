"""What a compression may be asked for, and its limits."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from platform_core.compression.errors import CompressionInputError

AUTO = "auto"
METHODS = (
    "graph",
    "fp16",
    "bf16",
    "int8_dynamic",
    "int8_static",
    "int8_per_channel",
    "prune",
    "distil",
    "fewer_trees",
    "table_fp16",
    "table_int8",
    "table_low_rank",
    "table_pq",
)
"""Names of the methods; the same as `ml.compression.methods.names()`, which web processes do not import."""
MAX_TOLERANCE = 0.5
MAX_COLUMNS = 4096


@dataclass(frozen=True)
class CompressionSpec:
    """What to do.

    Attributes:
        model: name of the model.
        version: its number.
        methods: names of METHODS, or `auto`: all that apply, of which the Pareto front is kept.
        tolerance: quality that may be lost, in [0, 0.5]; more, and the version is refused.
        dataset: id of a data set with real inputs; None for models that bring requests of their own.
        columns: inputs in the model's order; empty takes the numeric ones in the data set's order.
        label_column: what is true of a row; without it quality is the agreement with the parent.
        seed: of every random number.
    """

    model: str
    version: int
    methods: tuple[str, ...] = (AUTO,)
    tolerance: float = 0.02
    dataset: str | None = None
    columns: tuple[str, ...] = ()
    label_column: str = ""
    seed: int = 0

    def __post_init__(self) -> None:
        unknown = [each for each in self.methods if each not in (*METHODS, AUTO)]
        if unknown or not self.methods:
            wrong = f"{unknown[0][:60]!r} is not a method." if unknown else "No method was named."
            _refuse(wrong, "methods", f"Choose {AUTO}, or some of {', '.join(METHODS)}.")
        if AUTO in self.methods and len(self.methods) > 1:
            _refuse("auto tries every method already.", "methods", "Name auto alone, or methods.")
        if not 0 <= self.tolerance <= MAX_TOLERANCE:
            _refuse("The tolerance is out of range.", "tolerance", f"Use 0 to {MAX_TOLERANCE}.")
        if len(self.columns) > MAX_COLUMNS:
            _refuse("Too many columns.", "columns", f"Name at most {MAX_COLUMNS:,}.")
        if self.label_column and self.label_column in self.columns:
            _refuse(
                f"“{self.label_column}” is both input and label.",
                "label_column",
                "Take it out of the columns.",
            )
        if (self.columns or self.label_column) and not self.dataset:
            _refuse("Columns were named without a data set.", "dataset", "Choose the data set.")

    def as_json(self) -> dict[str, Any]:
        """Return the fields in plain JSON."""
        return {**asdict(self), "methods": list(self.methods), "columns": list(self.columns)}

    @classmethod
    def from_json(cls, raw: Mapping[str, Any]) -> "CompressionSpec":
        """Return the spec that `as_json` wrote."""
        lists = {name: tuple(raw[name]) for name in ("methods", "columns")}
        return cls(**{**raw, **lists})


def _refuse(words: str, field: str, remedy: str) -> None:
    raise CompressionInputError(words, remedy=remedy, field=field)
