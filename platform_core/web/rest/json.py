"""JSON bodies, bounded in depth: Python's parser gives up with an error that is no ValueError."""

from collections.abc import Mapping
from typing import Any

from rest_framework.exceptions import ParseError
from rest_framework.parsers import JSONParser

MAX_DEPTH = 32
"""Lists and objects within each other; a tensor has at most 16 axes, no other body goes beyond six."""


class BoundedJSONParser(JSONParser):
    """Refuses what is nested deeper than any request."""

    def parse(
        self,
        stream: Any,
        media_type: str | None = None,
        parser_context: Mapping[str, Any] | None = None,
    ) -> Any:
        """Return the document.

        Raises:
            ParseError: not JSON, or nested too deep.
        """
        try:
            document = super().parse(stream, media_type, parser_context)
        except RecursionError:
            raise ParseError(_TOO_DEEP) from None
        if is_deep(document):
            raise ParseError(_TOO_DEEP)
        return document


_TOO_DEEP = f"The JSON is nested deeper than {MAX_DEPTH} levels."


def is_deep(document: Any) -> bool:
    """Say whether lists and objects lie more than MAX_DEPTH within each other."""
    level = [document]
    for _ in range(MAX_DEPTH + 1):
        level = [child for value in level for child in _children(value)]
        if not level:
            return False
    return True


def _children(value: Any) -> list[Any]:
    """Return the lists and objects directly within a list or object."""
    if isinstance(value, dict):
        value = list(value.values())
    if not isinstance(value, list):
        return []
    return [child for child in value if isinstance(child, list | dict)]
