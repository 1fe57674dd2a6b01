"""Guesses which column is what, so that a form starts out filled in."""

import re
from collections.abc import Iterable, Sequence

_WORDS = {
    "user": (
        "user",
        "customer",
        "member",
        "visitor",
        "person",
        "account",
        "client",
        "reviewer",
        "uid",
    ),
    "item": ("item", "movie", "product", "article", "book", "track", "song", "sku", "asin", "iid"),
    "rating": ("rating", "score", "stars", "rate", "grade", "preference"),
    "time": ("timestamp", "time", "datetime", "date", "ts", "unixtime", "created"),
}
_ID = ("id", "key", "code")


def speaking_columns(names: Sequence[str]) -> dict[str, str]:
    """Return user, item, rating, time -> the column whose name says so, else empty."""
    found: dict[str, str] = {}
    for role, words in _WORDS.items():
        found[role] = _best(names, words, taken=found.values())
    return found


def guess_columns(names: Sequence[str]) -> dict[str, str]:
    """Return `speaking_columns` with user and item always filled.

    They fall back on the first two columns that are left: most exports begin with them.
    """
    found = speaking_columns(names)
    left = iter([name for name in names if name not in found.values()])
    for role in ("user", "item"):
        found[role] = found[role] or next(left, "")
    return found


def guess_id_column(names: Sequence[str], role: str, like: str = "") -> str:
    """Return the id column of a table of `items` or `users`: named as in the interactions, or the first."""
    if like in names:
        return like
    words = _WORDS[role.removesuffix("s")]
    return _best(names, (*words, *_ID), taken=()) or (names[0] if names else "")


def _best(names: Sequence[str], words: Sequence[str], taken: Iterable[str]) -> str:
    """Return the column that speaks most clearly: the word itself, word and id, a part of the name."""
    ranked = [(_clarity(name, words), -place, name) for place, name in enumerate(names)]
    free = set(taken)
    best = max((each for each in ranked if each[2] not in free), default=(0, 0, ""))
    return best[2] if best[0] else ""


def _clarity(name: str, words: Sequence[str]) -> int:
    parts = [part for part in re.split(r"[^a-z0-9]+", _snake(name)) if part]
    if not parts:
        return 0
    if parts[0] in words:
        return 4 if len(parts) == 1 else 3 if parts[1] in _ID else 1
    if "".join(parts) in {word + end for word in words for end in _ID}:
        return 3
    return 2 if any(part in words for part in parts) else 0


def _snake(name: str) -> str:
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).lower()
