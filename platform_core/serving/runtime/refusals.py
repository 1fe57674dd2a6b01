"""What the runtime answers instead of a prediction: an HTTP status and words."""


class Refusal(Exception):  # noqa: N818  (an answer, not a failure)
    """Ends a request with a status; gRPC translates it (see `rpc._CODES`).

    Attributes:
        status: 400, 401, 403, 404, 405, 413, 415, 500 or 503.
        words: what was wrong; safe to show to any caller of the organisation.
        retry_after_s: for 503: when to come back.
    """

    def __init__(self, status: int, words: str, *, retry_after_s: int = 0) -> None:
        super().__init__(words)
        self.status, self.words, self.retry_after_s = status, words, retry_after_s


def busy(words: str) -> Refusal:
    """Return the refusal of a runtime that has enough to do."""
    return Refusal(503, words, retry_after_s=1)
