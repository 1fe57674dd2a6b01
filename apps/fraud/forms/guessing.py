"""Guesses which column is what from its name, so that a form starts out filled in."""

import re
from collections.abc import Sequence

_WORDS = {
    "time": ("timestamp", "datetime", "time", "date", "created", "ts"),
    "amount": ("amount", "value", "price", "sum", "total", "amt"),
    "label": ("fraud", "isfraud", "label", "fraudulent", "flag", "class", "target", "chargeback"),
    "customer": ("customer", "user", "account", "client", "payer", "holder", "member", "address"),
    "id": ("id", "transaction", "payment", "event", "tx"),
}
_FURTHER = ("card", "terminal", "merchant", "device", "ip", "email", "phone", "shop", "iban")


def guess(names: Sequence[str]) -> dict[str, str]:
    """Return role -> the column whose name says so, else empty."""
    found: dict[str, str] = {}
    for role, words in _WORDS.items():
        free = [name for name in names if name not in found.values()]
        ranked = [(_clarity(name, words), -place, name) for place, name in enumerate(free)]
        best = max(ranked, default=(0, 0, ""))
        found[role] = best[2] if best[0] else ""
    return found


def further(names: Sequence[str], taken: Sequence[str]) -> list[str]:
    """Return the columns that name somebody or something else than the customer, at most four."""
    return [name for name in names if name not in taken and _clarity(name, _FURTHER)][:4]


def _clarity(name: str, words: Sequence[str]) -> int:
    parts = [part for part in re.split(r"[^a-z0-9]+", _snake(name)) if part]
    whole = [word for word in words if "".join(parts) in (word, f"{word}id", f"{word}s")]
    if whole:
        return 3
    return 2 if parts and parts[0] in words else int(any(part in words for part in parts))


def _snake(name: str) -> str:
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).lower()
