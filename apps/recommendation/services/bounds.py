"""The limits of every request, refused in words that name the limit."""

from collections.abc import Sequence

from apps.recommendation.models import MAX_ID_BYTES
from platform_core.errors import InvalidInputError

MAX_K = 1000
MAX_USERS = 1000
MAX_ITEMS = 10_000
MAX_PICKS = 500
MAX_EVENTS = 1000
MAX_CELLS = 200_000
"""Users x k of one batch: an answer of some 20 MB of JSON."""


def check_k(k: int) -> int:
    """Return `k` when it is between 1 and MAX_K."""
    if not 1 <= k <= MAX_K:
        raise InvalidInputError(
            f"k is {k}.", remedy=f"Ask for 1 to {MAX_K} items at a time.", field="k"
        )
    return k


def check_id(value: str, field: str) -> str:
    """Return a user or item id that can be stored and looked up.

    Raises:
        InvalidInputError: empty, longer than MAX_ID_BYTES, or not text (NUL, half a surrogate pair).
    """
    try:
        size = len(value.encode())
    except UnicodeEncodeError:
        size = -1
    if size < 0 or "\0" in value:
        raise InvalidInputError(
            f"{field.capitalize()} holds a character that is not text.",
            remedy="Send ids as UTF-8 without NUL.",
            field=field,
        )
    if not 1 <= size <= MAX_ID_BYTES:
        raise InvalidInputError(
            f"The {field} id is {size} bytes long.",
            remedy=f"Ids are 1 to {MAX_ID_BYTES} bytes of UTF-8; use a shorter key, or its hash.",
            field=field,
        )
    return value


def check_ids(values: Sequence[str], field: str, limit: int) -> list[str]:
    """Return 1 to `limit` checked ids."""
    if not 1 <= len(values) <= limit:
        raise InvalidInputError(
            f"{len(values)} {field}s were sent.",
            remedy=f"Send 1 to {limit} at a time.",
            field=f"{field}s",
        )
    return [check_id(value, field) for value in values]


def check_batch(users: Sequence[str], k: int) -> list[str]:
    """Return the checked users of a batch whose whole answer is bounded too."""
    checked = check_ids(users, "user", MAX_USERS)
    if len(checked) * check_k(k) > MAX_CELLS:
        raise InvalidInputError(
            f"{len(checked)} users with {k} items each is more than {MAX_CELLS} rows.",
            remedy=f"Ask for at most {MAX_CELLS // k} users at k = {k}.",
            field="users",
        )
    return checked
