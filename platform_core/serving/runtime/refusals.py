"""What the runtime answers instead of a prediction: an HTTP status, a code for programs, and words."""

from types import MappingProxyType

CODES = MappingProxyType(
    {
        400: "invalid_request",
        401: "unauthenticated",
        403: "permission_denied",
        404: "not_found",
        405: "method_not_allowed",
        408: "slow_request",
        413: "too_large",
        415: "unsupported_encoding",
        429: "too_many_requests",
        499: "cancelled",
        500: "internal",
        501: "not_supported",
        503: "unavailable",
    }
)
"""Status -> the code of a refusal that states none; programs may rely on both."""


class Refusal(Exception):  # noqa: N818  (an answer, not a failure)
    """Ends a request with a status; gRPC translates it (see `rpc_answers.STATUSES`).

    Attributes:
        status: one of CODES.
        words: what was wrong; safe to show to any caller of the organisation.
        retry_after_s: for 429 and 503: when to come back.
        code: stable name of the reason.
    """

    def __init__(self, status: int, words: str, *, retry_after_s: int = 0, code: str = "") -> None:
        super().__init__(words)
        self.status, self.words, self.retry_after_s = status, words, retry_after_s
        self.code = code or CODES[status]


def busy(words: str, *, code: str = "") -> Refusal:
    """Return the refusal of a runtime that has enough to do."""
    return Refusal(503, words, retry_after_s=1, code=code)
