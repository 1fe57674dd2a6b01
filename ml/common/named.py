"""Arrays by name, as files hold them."""

from typing import Any

from numpy.typing import NDArray

Named = dict[str, NDArray[Any]]
