"""What endpoints' options may take of the runtime's memory: nobody's wishes crowd out the others.

Kept answers of all endpoints share `ANSWERS_BYTES`, pinned versions half of the memory budget; both are
divided equally among the organisations that ask, and in proportion to what each of its endpoints asks.
"""

from collections.abc import Iterable
from dataclasses import dataclass

ANSWERS_BYTES = 128 * 2**20
"""For kept answers of all endpoints of one runtime, beside the memory budget of models."""


@dataclass(frozen=True)
class Asked:
    """One wish: `key` of whom, in bytes."""

    organisation_id: str
    key: str
    size_bytes: int


def shares(asked: Iterable[Asked], total_bytes: int) -> dict[str, int]:
    """Return key -> bytes granted: what is asked, or its part of the organisation's equal share."""
    wishes = list(asked)
    sums: dict[str, int] = {}
    for one in wishes:
        sums[one.organisation_id] = sums.get(one.organisation_id, 0) + one.size_bytes
    share = total_bytes // max(len(sums), 1)
    return {
        one.key: one.size_bytes * min(share, sums[one.organisation_id]) // sums[one.organisation_id]
        for one in wishes
        if one.size_bytes
    }


def whole(asked: Iterable[Asked], total_bytes: int) -> list[str]:
    """Return the keys that fit whole into their organisation's equal share, first asked first granted."""
    wishes = list(asked)
    share = total_bytes // max(len({one.organisation_id for one in wishes}), 1)
    granted, used = [], dict.fromkeys((one.organisation_id for one in wishes), 0)
    for one in wishes:
        if used[one.organisation_id] + one.size_bytes <= share:
            used[one.organisation_id] += one.size_bytes
            granted.append(one.key)
    return granted
