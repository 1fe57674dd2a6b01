"""How a command refuses: one sentence on stderr, status 1, no traceback."""

import functools
import sys
from collections.abc import Callable
from typing import Any

from platform_core.errors import PlatformError


def told_in_one_sentence(handle: Callable[..., None]) -> Callable[..., None]:
    """Make a command's `handle` answer a PlatformError in words."""

    @functools.wraps(handle)
    def careful(*args: Any, **options: Any) -> None:
        try:
            handle(*args, **options)
        except PlatformError as error:
            sys.stderr.write(f"{error.detail} {error.remedy}".strip() + "\n")
            raise SystemExit(1) from error

    return careful
