"""Checks a request's parameters against a dataclass whose metadata says what is allowed.

Every field's metadata carries `label`, `help`, and `min`/`max` or `choices`: forms show the same limits.
"""

import dataclasses
import difflib
import math
from collections.abc import Mapping
from typing import Any, TypeVar, get_args, get_type_hints

from platform_core.errors import InvalidInputError

_Params = TypeVar("_Params")


def parse(kind: type[_Params], raw: Mapping[str, Any]) -> _Params:
    """Return the checked parameters of a request.

    Args:
        kind: the dataclass.
        raw: name -> value; text is accepted for numbers (forms send it), None or "" means the default.

    Raises:
        InvalidInputError: unknown name, wrong type or out of range; `field` in extra names it.
    """
    by_name = {each.name: each for each in dataclasses.fields(kind)}  # type: ignore[arg-type]
    for name in raw:
        if name not in by_name:
            raise _unknown(str(name), list(by_name))
    types = get_type_hints(kind)
    given = {name: value for name, value in raw.items() if value is not None and value != ""}
    return kind(**{name: _checked(by_name[name], types[name], given[name]) for name in given})


def _unknown(name: str, known: list[str]) -> InvalidInputError:
    close = difflib.get_close_matches(name, known, n=1)
    remedy = f"Did you mean {close[0]!r}?" if close else f"Known: {', '.join(known)}."
    return InvalidInputError(
        f"There is no parameter {name[:60]!r}.", remedy=remedy, field=name[:60]
    )


def _checked(spec: "dataclasses.Field[Any]", kind: Any, value: object) -> Any:
    choices = spec.metadata.get("choices")
    if choices:
        if value not in choices:
            raise _refused(spec.name, value, f"one of {', '.join(choices)}")
        return value
    low, high = spec.metadata["min"], spec.metadata["max"]
    whole = int in (kind, *get_args(kind))
    words = f"a {'whole ' if whole else ''}number between {low} and {high}"
    number = _number(value, whole=whole)
    if number is None or not low <= number <= high:
        raise _refused(spec.name, value, words)
    return number


def _number(value: object, *, whole: bool) -> float | int | None:
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        number = float(value)
    except (ValueError, OverflowError):  # a whole number may have more digits than any float
        return None
    if not math.isfinite(number) or (whole and not number.is_integer()):
        return None
    return int(number) if whole else number


def _refused(name: str, value: object, expected: str) -> InvalidInputError:
    return InvalidInputError(
        f"Parameter {name!r} is {str(value)[:60]!r}.", remedy=f"Give {expected}.", field=name
    )
