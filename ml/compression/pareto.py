"""Which of several versions nobody beats in every respect."""

from collections.abc import Mapping, Sequence


def front(candidates: Sequence[Mapping[str, float]], better: Mapping[str, bool]) -> list[int]:
    """Return the places of the candidates on the Pareto front.

    Args:
        candidates: figures by name, all with the names of `better`.
        better: figure -> True where more is better.
    """
    rows = [
        [(each[name] if up else -each[name]) for name, up in better.items()] for each in candidates
    ]
    return [
        place for place, row in enumerate(rows) if not any(_dominates(other, row) for other in rows)
    ]


def _dominates(one: Sequence[float], other: Sequence[float]) -> bool:
    pairs = list(zip(one, other, strict=True))
    return all(a >= b for a, b in pairs) and any(a > b for a, b in pairs)
