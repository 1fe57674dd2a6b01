"""Applies cleaning rules to a stream of batches; each rule counts what it changed."""

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any, cast

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from platform_core.datasets import params
from platform_core.datasets.errors import CleaningRuleError
from platform_core.datasets.ingest.hashing import Hasher, HashSet
from platform_core.datasets.ingest.profile import Profiler
from platform_core.datasets.ingest.table import Table
from platform_core.datasets.ingest.types import NAMES, parse_leniently
from platform_core.datasets.reading import ARROW

MAX_DEDUPLICATED_ROWS = 60_000_000
"""Distinct rows drop_duplicate_rows keeps in mind: 8 bytes each."""


@dataclass
class Step:
    """A rule at work; `changed` counts rows removed or cells changed."""

    rule: params.CleaningRule
    changed: int = 0

    def __post_init__(self) -> None:
        self.seen, self.hasher = HashSet(), Hasher()

    def apply(self, batch: pa.RecordBatch) -> pa.RecordBatch:
        """Return the batch as the rule leaves it."""
        for column in self.rule.named_columns():
            if column not in batch.schema.names:
                raise CleaningRuleError(
                    f"{self.rule.kind}: there is no column “{column}”.",
                    remedy="Columns at this step: " + ", ".join(batch.schema.names[:50]),
                    columns=batch.schema.names[:200],
                )
        return _APPLY[type(self.rule)](self, batch)

    def report(self) -> dict[str, Any]:
        """Return the rule with its effect."""
        return self.rule.as_json() | {"changed": self.changed, "counts": self.rule.counts}


def clean(table: Table, rules: Sequence[params.CleaningRule]) -> tuple[Table, list[Step]]:
    """Return the cleaned table and its steps; rules that need statistics read the table once more each.

    The steps count while the cleaned table is read, so read it exactly once.

    Raises:
        CleaningRuleError: a rule does not fit the columns at its step.
    """
    fitted: list[params.CleaningRule] = []
    for rule in rules:
        before = _stepped(table, [Step(done) for done in fitted])
        fitted.append(_fit(rule, before))
    steps = [Step(rule) for rule in fitted]
    return _stepped(table, steps), steps


def require_rows(rows: int) -> None:
    """Refuse rules that leave nothing.

    Raises:
        CleaningRuleError: no row is left.
    """
    if not rows:
        raise CleaningRuleError("The cleaning rules leave not a single row.")


def _stepped(table: Table, steps: list[Step]) -> Table:
    if not steps:
        return table
    empty = table.schema.empty_table().to_batches() or [_empty(table.schema)]
    result = empty[0]
    for step in steps:
        result = step.apply(result)
    types = {field.name: NAMES[field.type] for field in result.schema}
    return Table(types, lambda: _stream(table, steps))


def _empty(schema: pa.Schema) -> pa.RecordBatch:
    return pa.RecordBatch.from_arrays([pa.nulls(0, f.type) for f in schema], schema=schema)


def _stream(table: Table, steps: list[Step]) -> Iterator[pa.RecordBatch]:
    for raw in table.batches():
        batch = raw
        for step in steps:
            batch = step.apply(batch)
        yield batch


# --- rules that need the whole column first -----------------------------------------------------


def _fit(rule: params.CleaningRule, table: Table) -> params.CleaningRule:
    """Replace "mean" or "beyond the quartiles" by the numbers they stand for."""
    if isinstance(rule, params.FillMissing) and rule.using:
        value = _statistics(table, rule.column)[rule.using]
        return replace(rule, value=_json_scalar(value, table.types[rule.column]), using="")
    if isinstance(rule, params.ClipOutliers) and None in (rule.lower, rule.upper):
        found = _statistics(table, rule.column)
        lower = found["lower"] if rule.lower is None else rule.lower
        upper = found["upper"] if rule.upper is None else rule.upper
        return replace(rule, lower=lower, upper=upper)
    return rule


def _statistics(table: Table, column: str) -> dict[str, Any]:
    if column not in table.types:
        raise CleaningRuleError(f"There is no column “{column}”.", columns=list(table.types))
    profiler = Profiler({column: table.types[column]})
    for batch in table.batches():
        profiler.add(batch.select([column]))
    found = profiler.result()["columns"][0]
    top = found["top"][0]["value"] if found["top"] else None
    fence = found.get("outliers", {})
    return {
        "mean": found.get("mean"),
        "median": found.get("quantiles", {}).get("0.5"),
        "most_frequent": top,
        "lower": fence.get("lower"),
        "upper": fence.get("upper"),
    }


def _json_scalar(value: Any, kind: str) -> Any:
    if value is None:
        raise CleaningRuleError("fill_missing: the column has no such statistic.")
    return round(value) if kind == "int64" else value


# --- one function per rule ------------------------------------------------------------------------


def _with(batch: pa.RecordBatch, column: str, values: pa.Array) -> pa.RecordBatch:
    return batch.set_column(batch.schema.get_field_index(column), column, values)


def _changed(before: pa.Array, after: pa.Array) -> int:
    """Count cells that differ; missing equals missing."""
    differs = pc.fill_null(pc.not_equal(before, after), fill_value=False)
    turned = pc.xor(pc.is_null(before), pc.is_null(after))
    return int(pc.sum(pc.or_(differs, turned)).as_py() or 0)


def _replace(step: Step, batch: pa.RecordBatch, column: str, values: pa.Array) -> pa.RecordBatch:
    step.changed += _changed(batch[column], values)
    return _with(batch, column, values)


def _require(
    batch: pa.RecordBatch, rule: params.CleaningRule, column: str, kinds: set[str]
) -> None:
    kind = NAMES[batch[column].type]
    if kind not in kinds:
        raise CleaningRuleError(
            f"{rule.kind}: the column “{column}” is {kind}; the rule takes {', '.join(sorted(kinds))}."
        )


def _drop_duplicates(step: Step, batch: pa.RecordBatch) -> pa.RecordBatch:
    rule = cast("params.DropDuplicateRows", step.rule)
    chosen = batch.select(list(rule.columns)) if rule.columns else batch
    if not batch.num_rows:
        return batch
    keep = step.seen.add(step.hasher.rows(chosen))
    if step.seen.size > MAX_DEDUPLICATED_ROWS:
        raise CleaningRuleError(
            f"drop_duplicate_rows takes up to {MAX_DEDUPLICATED_ROWS:,} distinct rows.",
            remedy="Remove duplicates before uploading.",
        )
    return _filtered(step, batch, pa.array(keep))


def _filtered(step: Step, batch: pa.RecordBatch, keep: pa.Array) -> pa.RecordBatch:
    kept = batch.filter(keep)
    step.changed += batch.num_rows - kept.num_rows
    return kept


def _drop_missing(step: Step, batch: pa.RecordBatch) -> pa.RecordBatch:
    rule = cast("params.DropMissingRows", step.rule)
    keep = pa.array(np.ones(batch.num_rows, bool))
    for column in rule.columns:
        keep = pc.and_(keep, pc.is_valid(batch[column]))
    return _filtered(step, batch, keep)


def _fill(step: Step, batch: pa.RecordBatch) -> pa.RecordBatch:
    rule = cast("params.FillMissing", step.rule)
    values = batch[rule.column]
    if rule.using:  # only while the schema is worked out; the rule is fitted before rows flow
        return batch
    text = values.type == pa.string()
    try:
        filler = pa.scalar(str(rule.value) if text else rule.value)
        filler = pc.cast(filler, values.type)
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError) as error:
        raise CleaningRuleError(
            f"fill_missing: {rule.value!r} is no {NAMES[values.type]} (column “{rule.column}”)."
        ) from error
    return _replace(step, batch, rule.column, pc.fill_null(values, filler))


def _trim(step: Step, batch: pa.RecordBatch) -> pa.RecordBatch:
    rule = cast("params.TrimText", step.rule)
    texts = [f.name for f in batch.schema if f.type == pa.string()]
    for column in rule.columns or texts:
        _require(batch, rule, column, {"string"})
        trimmed = pc.utf8_trim_whitespace(batch[column])
        batch = _replace(step, batch, column, _empty_is_missing(trimmed))
    return batch


def _empty_is_missing(values: pa.Array) -> pa.Array:
    return pc.if_else(pc.equal(values, ""), pa.scalar(None, pa.string()), values)


def _lower(step: Step, batch: pa.RecordBatch) -> pa.RecordBatch:
    rule = cast("params.LowerCase", step.rule)
    _require(batch, rule, rule.column, {"string"})
    return _replace(step, batch, rule.column, pc.utf8_lower(batch[rule.column]))


def _treat_as_missing(step: Step, batch: pa.RecordBatch) -> pa.RecordBatch:
    rule = cast("params.TreatAsMissing", step.rule)
    _require(batch, rule, rule.column, {"string"})
    values = batch[rule.column]
    hit = pc.is_in(values, pa.array(list(rule.values), pa.string()))
    after = pc.if_else(hit, pa.scalar(None, pa.string()), values)
    return _replace(step, batch, rule.column, after)


def _clip(step: Step, batch: pa.RecordBatch) -> pa.RecordBatch:
    rule = cast("params.ClipOutliers", step.rule)
    _require(batch, rule, rule.column, {"int64", "float64"})
    values = after = batch[rule.column]
    whole = values.type == pa.int64()
    if rule.lower is not None:
        lower = math.ceil(rule.lower) if whole else rule.lower
        after = pc.if_else(pc.less(after, lower), pa.scalar(lower, values.type), after)
    if rule.upper is not None:
        upper = math.floor(rule.upper) if whole else rule.upper
        after = pc.if_else(pc.greater(after, upper), pa.scalar(upper, values.type), after)
    return _replace(step, batch, rule.column, after)


def _cast(step: Step, batch: pa.RecordBatch) -> pa.RecordBatch:
    rule = cast("params.CastColumn", step.rule)
    before = batch[rule.column]
    after = parse_leniently(before, rule.to)
    step.changed += after.null_count - before.null_count
    return _with(batch, rule.column, after)


def _parse_dates(step: Step, batch: pa.RecordBatch) -> pa.RecordBatch:
    rule = cast("params.ParseDates", step.rule)
    _require(batch, rule, rule.column, {"string"})
    before = batch[rule.column]
    try:
        parsed = pc.strptime(before, format=rule.format, unit="us", error_is_null=True)
    except pa.ArrowInvalid as error:
        raise CleaningRuleError(f"parse_dates: {rule.format!r} cannot be used.") from error
    has_time = any(code in rule.format for code in ("%H", "%I", "%M", "%S", "%T", "%s"))
    after = pc.cast(parsed, ARROW["timestamp" if has_time else "date"])
    step.changed += after.null_count - before.null_count
    return _with(batch, rule.column, after)


def _rename(step: Step, batch: pa.RecordBatch) -> pa.RecordBatch:
    rule = cast("params.RenameColumn", step.rule)
    names = [rule.to if name == rule.column else name for name in batch.schema.names]
    if len(set(names)) < len(names):
        raise CleaningRuleError(f"rename_column: there is a column “{rule.to}” already.")
    step.changed = 1
    return batch.rename_columns(names)


def _drop_column(step: Step, batch: pa.RecordBatch) -> pa.RecordBatch:
    rule = cast("params.DropColumn", step.rule)
    if batch.num_columns == 1:
        raise CleaningRuleError("drop_column: this is the only column.")
    step.changed = 1
    return batch.drop_columns([rule.column])


_APPLY: dict[type[params.CleaningRule], Callable[[Step, pa.RecordBatch], pa.RecordBatch]] = {
    params.DropDuplicateRows: _drop_duplicates,
    params.DropMissingRows: _drop_missing,
    params.FillMissing: _fill,
    params.TrimText: _trim,
    params.LowerCase: _lower,
    params.TreatAsMissing: _treat_as_missing,
    params.ClipOutliers: _clip,
    params.CastColumn: _cast,
    params.ParseDates: _parse_dates,
    params.RenameColumn: _rename,
    params.DropColumn: _drop_column,
}
