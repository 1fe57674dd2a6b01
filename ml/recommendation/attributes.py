"""What is known of items (or users) besides who chose them: typed columns that filters and rules look at.

A text column may hold several values per item (`Comedy|Drama`); missing values are allowed everywhere.

Shapes: N items or users, M values of all of them, V distinct values.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ml.common import strings
from ml.recommendation.data import Ints
from ml.recommendation.encode import SEPARATOR
from ml.recommendation.errors import ModelStateError

Mask = NDArray[np.bool_]
NUMBER_KINDS = ("number", "boolean", "time")
MAX_ATTRIBUTES = 64


@dataclass(frozen=True)
class Numbers:
    """Numbers, truth values (0 and 1) or times (seconds UTC).

    Attributes:
        kind: one of NUMBER_KINDS.
        values: float64 (N,), NaN where missing.
    """

    kind: str
    values: NDArray[np.float64]

    def present(self) -> Mask:
        """Return which have a value."""
        return np.isfinite(self.values)

    def __len__(self) -> int:
        return len(self.values)


@dataclass(frozen=True)
class Texts:
    """Any number of texts for each item.

    Attributes:
        vocabulary: the distinct values.
        starts: int64 (N + 1,), where each item's codes begin.
        codes: int32 (M,), places in the vocabulary.
    """

    vocabulary: Sequence[str]
    starts: Ints
    codes: NDArray[np.int32]
    kind = "text"

    @cached_property
    def places(self) -> dict[str, int]:
        """Value -> its place in the vocabulary."""
        return {value: place for place, value in enumerate(self.vocabulary)}

    @cached_property
    def rows(self) -> Ints:
        """The item each code belongs to."""
        return np.repeat(np.arange(len(self)), np.diff(self.starts))

    def present(self) -> Mask:
        """Return which have at least one value."""
        return np.diff(self.starts) > 0

    def of(self, row: int) -> NDArray[np.int32]:
        """Return the codes of one item."""
        return self.codes[self.starts[row] : self.starts[row + 1]]

    def __len__(self) -> int:
        return len(self.starts) - 1


Column = Numbers | Texts


@dataclass(frozen=True)
class Attributes:
    """Named columns of N items (or users)."""

    n: int
    columns: Mapping[str, Column]

    def kinds(self) -> dict[str, str]:
        """Return name -> number, boolean, time or text."""
        return {name: column.kind for name, column in self.columns.items()}


def texts(values: Sequence[str | Sequence[str] | None]) -> Texts:
    """Return a column of texts; `a|b` is two values, the order of first appearance is kept."""
    rows = [_parts(value) for value in values]
    places: dict[str, int] = {}
    codes = [places.setdefault(part, len(places)) for row in rows for part in row]
    starts = np.zeros(len(rows) + 1, dtype=np.int64)
    np.cumsum([len(row) for row in rows], out=starts[1:])
    return Texts(list(places), starts, np.array(codes, dtype=np.int32))


def from_rows(rows: Sequence[Mapping[str, Any]], kinds: Mapping[str, str]) -> Attributes:
    """Return the attributes of items told as JSON objects, in the kinds of columns known already.

    A value that does not fit the known kind counts as missing; an attribute nobody knew gets the kind of
    its first value.
    """
    found = dict(kinds)
    for row in rows:
        for name, value in row.items():
            if value is not None and len(found) < MAX_ATTRIBUTES:
                found.setdefault(name, _kind_of(value))
    columns = {name: _column(kind, [row.get(name) for row in rows]) for name, kind in found.items()}
    return Attributes(len(rows), columns)


def row(attributes: Attributes, place: int) -> dict[str, Any]:
    """Return the known values of one item as a JSON object, as `from_rows` reads it."""
    found: dict[str, Any] = {}
    for name, column in attributes.columns.items():
        if isinstance(column, Texts):
            found[name] = [column.vocabulary[code] for code in column.of(place)]
        elif np.isfinite(column.values[place]):
            found[name] = float(column.values[place])
    return found


def seconds(text: str) -> float:
    """Return an ISO 8601 time as seconds UTC; a time without a zone is UTC.

    Raises:
        ValueError: not such a time.
    """
    moment = datetime.fromisoformat(text)
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()


def to_arrays(attributes: Attributes, prefix: str) -> dict[str, NDArray[Any]]:
    """Return the columns as named arrays."""
    names = list(attributes.columns)
    arrays: dict[str, NDArray[Any]] = {}
    arrays[f"{prefix}.names.text"], arrays[f"{prefix}.names.offsets"] = strings.pack(names)
    kinds = [attributes.columns[name].kind for name in names]
    arrays[f"{prefix}.kinds.text"], arrays[f"{prefix}.kinds.offsets"] = strings.pack(kinds)
    for place, name in enumerate(names):
        column, at = attributes.columns[name], f"{prefix}.{place}"
        if isinstance(column, Numbers):
            arrays[f"{at}.values"] = column.values
            continue
        arrays[f"{at}.starts"], arrays[f"{at}.codes"] = column.starts, column.codes
        packed = strings.pack(column.vocabulary)
        arrays[f"{at}.vocabulary.text"], arrays[f"{at}.vocabulary.offsets"] = packed
    return arrays


def from_arrays(arrays: Mapping[str, NDArray[Any]], prefix: str, n: int) -> Attributes:
    """Restore what `to_arrays` gave; no columns where none were stored.

    Raises:
        ModelStateError: arrays are missing or do not fit together.
    """
    if f"{prefix}.names.text" not in arrays:
        return Attributes(n, {})
    try:
        names, kinds = (
            strings.unpack(arrays[f"{prefix}.{each}.text"], arrays[f"{prefix}.{each}.offsets"])
            for each in ("names", "kinds")
        )
        columns = {
            name: _restored(arrays, f"{prefix}.{place}", kind)
            for place, (name, kind) in enumerate(zip(names, kinds, strict=True))
        }
    except (KeyError, ValueError) as error:
        raise ModelStateError(f"The stored attributes are damaged: {error}.") from error
    if any(len(column) != n for column in columns.values()):
        raise ModelStateError("The stored attributes have another number of rows.")
    return Attributes(n, columns)


def _restored(arrays: Mapping[str, NDArray[Any]], at: str, kind: str) -> Column:
    if kind in NUMBER_KINDS:
        return Numbers(kind, arrays[f"{at}.values"])
    vocabulary = strings.unpack(arrays[f"{at}.vocabulary.text"], arrays[f"{at}.vocabulary.offsets"])
    starts, codes = arrays[f"{at}.starts"], arrays[f"{at}.codes"]
    fits = len(starts) and starts[0] == 0 and starts[-1] == len(codes)
    if not fits or (np.diff(starts) < 0).any():
        raise ValueError("the places of the values do not rise")
    if len(codes) and not 0 <= codes.min() <= codes.max() < len(vocabulary):
        raise ValueError("a value is not in the vocabulary")
    return Texts(vocabulary, starts, codes)


def _parts(value: str | Sequence[str] | None) -> list[str]:
    if value is None:
        return []
    listed = value.split(SEPARATOR) if isinstance(value, str) else value
    return list(dict.fromkeys(part.strip() for part in listed if part.strip()))


def _kind_of(value: Any) -> str:
    if isinstance(value, bool):
        return "boolean"
    return "number" if isinstance(value, int | float) else "text"


def _column(kind: str, values: Sequence[Any]) -> Column:
    if kind == "text":
        return texts([_as_texts(value) for value in values])
    return Numbers(kind, np.array([_as_number(kind, value) for value in values], dtype=np.float64))


def _as_texts(value: Any) -> list[str]:
    listed = value if isinstance(value, list) else [value]
    return [part for each in listed if each is not None for part in _parts(str(each))]


def _as_number(kind: str, value: Any) -> float:
    try:
        if kind == "time" and isinstance(value, str):
            return seconds(value)
        return float(value)
    except (TypeError, ValueError):
        return float("nan")
