"""The limits of every request, refused in words that name the limit."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from apps.recommendation.models import MAX_ID_BYTES
from platform_core.errors import InvalidInputError

MAX_K = 1000
MAX_USERS = 1000
MAX_ITEMS = 10_000
MAX_PICKS = 500
MAX_EVENTS = 1000
MAX_LISTED = 10_000
MAX_RULES = 100
MAX_LIVE_ITEMS = 20_000
MAX_ATTRIBUTES = 64
MAX_ATTRIBUTE_NAME = 100
MAX_ATTRIBUTE_BYTES = 8 * 1024
MAX_JSON_BYTES = 64 * 1024
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


def check_share(value: float, field: str) -> float:
    """Return a dial's value when it is between 0 and 1."""
    if not 0 <= value <= 1:  # true for NaN too
        raise InvalidInputError(f"{field.capitalize()} is {value}; 0 to 1 is allowed.", field=field)
    return value


def check_json(value: Any, field: str) -> str:
    """Return a filter or rules as JSON of bounded size; what they mean is checked by the model.

    Raises:
        InvalidInputError: larger than MAX_JSON_BYTES, or it holds what is no JSON (NaN).
    """
    try:
        text = json.dumps(value, ensure_ascii=False, sort_keys=True, allow_nan=False)
        size = len(text.encode())
        if r"\u0000" in text:
            raise ValueError("PostgreSQL keeps no NUL in JSON")  # noqa: TRY301  (one refusal for all)
    except (ValueError, TypeError, RecursionError):
        raise InvalidInputError(f"The {field} is not JSON.", field=field) from None
    if size > MAX_JSON_BYTES:
        raise InvalidInputError(
            f"The {field} is {size} bytes long.",
            remedy=f"At most {MAX_JSON_BYTES} are allowed.",
            field=field,
        )
    return text


def check_rules(rules: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """Return at most MAX_RULES rules."""
    if len(rules) > MAX_RULES:
        raise InvalidInputError(
            f"{len(rules)} rules were sent; at most {MAX_RULES} are allowed.", field="rules"
        )
    return list(rules)


def check_attributes(told: Mapping[str, Any]) -> dict[str, Any]:
    """Return the attributes of an item or a user.

    Raises:
        InvalidInputError: too many, too large, or a value that is no text, number, truth value or list
            of texts; `field` names it.
    """
    if len(told) > MAX_ATTRIBUTES:
        raise InvalidInputError(
            f"{len(told)} attributes were sent; at most {MAX_ATTRIBUTES} are allowed.",
            field="attributes",
        )
    for name, value in told.items():
        listed = value if isinstance(value, list) else [value]
        if not 1 <= len(name) <= MAX_ATTRIBUTE_NAME or not all(map(_is_plain, listed)):
            raise InvalidInputError(
                f"The attribute “{name[:80]}” is not a text, a number, true, false or a list of texts.",
                field="attributes",
            )
    if len(check_json(told, "attributes").encode()) > MAX_ATTRIBUTE_BYTES:
        raise InvalidInputError(
            f"The attributes are longer than {MAX_ATTRIBUTE_BYTES} bytes.", field="attributes"
        )
    return dict(told)


def _is_plain(value: Any) -> bool:
    return value is None or isinstance(value, str | int | float)
