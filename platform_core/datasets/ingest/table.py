"""Several sources as one table: same columns, one type per column, typed batches."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import pyarrow as pa

from platform_core.datasets.errors import FileRejectedError
from platform_core.datasets.ingest.opening import Tick
from platform_core.datasets.ingest.source import Note, Source
from platform_core.datasets.ingest.types import Evidence, convert
from platform_core.datasets.params import MAX_COLUMNS
from platform_core.datasets.reading import ARROW

Batches = Callable[[], Iterator[pa.RecordBatch]]
"""Gives all rows from the start at every call."""


@dataclass(frozen=True)
class Table:
    """Typed rows that can be read as often as needed.

    Attributes:
        types: column -> name of its type, in order.
        batches: gives the rows in batches of exactly these columns and types.
    """

    types: dict[str, str]
    batches: Batches

    @property
    def schema(self) -> pa.Schema:
        """Return the Arrow schema of every batch."""
        return pa.schema([(name, ARROW[kind]) for name, kind in self.types.items()])


def assemble(sources: Sequence[Source], tick: Tick) -> tuple[Table, list[Note]]:
    """Read everything once to find columns and types.

    Args:
        sources: at least one.
        tick: called once per batch in the caller's thread, whenever batches are read.

    Raises:
        FileRejectedError: a file cannot be read, there is no row, or the files' columns differ.
    """
    fixed = next((source for source in sources if source.columns is not None), None)
    evidence = {name: Evidence() for name in (fixed.columns or [] if fixed else [])}
    rows = 0
    for source in sources:
        if fixed is not None and source.columns is not None:
            _check_same(fixed, source)
        for batch in source.batches():
            tick(0)
            rows += batch.num_rows
            _gather(evidence, batch, source, may_grow=fixed is None)
    if not rows or not evidence:
        raise FileRejectedError(
            "There is not a single row.", file=sources[0].name, remedy="Upload a file with rows."
        )
    types = {name: seen.type for name, seen in evidence.items()}
    notes = [note for source in sources for note in source.notes] + _notes(evidence)
    return Table(types, lambda: _typed(sources, types, tick)), notes


def _check_same(first: Source, other: Source) -> None:
    """Refuse files of another schema, naming the columns that differ."""
    ours, theirs = set(first.columns or ()), set(other.columns or ())
    if ours == theirs:
        return
    parts = [
        f"{words} {', '.join(f'“{name}”' for name in sorted(names)[:10])}"
        for words, names in (("lacks", ours - theirs), ("has besides", theirs - ours))
        if names
    ]
    raise FileRejectedError(
        f"Its columns differ from those of {first.name}: it {' and '.join(parts)}.",
        file=other.name,
        line=1,
        remedy="Upload files of other columns as a data set of their own.",
    )


def _gather(
    evidence: dict[str, Evidence], batch: pa.RecordBatch, source: Source, *, may_grow: bool
) -> None:
    for name, values in zip(batch.schema.names, batch.columns, strict=True):
        if name not in evidence:
            if not may_grow:
                raise FileRejectedError(
                    f"It has the column “{name[:80]}”, which the other files lack.",
                    file=source.name,
                    remedy="Upload files of other columns as a data set of their own.",
                )
            evidence[name] = Evidence()
            if len(evidence) > MAX_COLUMNS:
                raise FileRejectedError(
                    f"There are more than {MAX_COLUMNS} different keys.", file=source.name
                )
        evidence[name].add(values, quoted=source.quoted)


def _typed(
    sources: Sequence[Source], types: dict[str, str], tick: Tick
) -> Iterator[pa.RecordBatch]:
    for source in sources:
        for batch in source.batches():
            tick(0)
            at = {name: number for number, name in enumerate(batch.schema.names)}
            arrays = [
                convert(batch.column(at[name]), kind)
                if name in at
                else pa.nulls(batch.num_rows, ARROW[kind])
                for name, kind in types.items()
            ]
            yield pa.RecordBatch.from_arrays(arrays, names=list(types))


def _notes(evidence: dict[str, Evidence]) -> list[Note]:
    """Say which words were read as missing, and which text columns are almost numbers."""
    notes = []
    for name, seen in evidence.items():
        words = sorted(seen.missing_words)
        if seen.type != "string" and words:
            notes.append(Note("words_read_as_missing", name, params={"words": words}))
        elif words and seen.texts > len(words):
            notes.append(Note("words_that_may_mean_missing", name, params={"words": words}))
        if seen.long_numbers and seen.type == "string":
            notes.append(Note("long_numbers_kept_as_text", name))
    return notes
