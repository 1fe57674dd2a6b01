"""Public door of compression: smaller versions of registered models, as jobs."""

from platform_core.compression.errors import CompressionInputError, CompressionNotFoundError
from platform_core.compression.models import Compression
from platform_core.compression.params import AUTO, METHODS, CompressionSpec
from platform_core.compression.sampling import register_sampler
from platform_core.compression.selectors import compressions, get_compression
from platform_core.compression.services import request_compression

__all__ = [
    "AUTO",
    "METHODS",
    "Compression",
    "CompressionInputError",
    "CompressionNotFoundError",
    "CompressionSpec",
    "compressions",
    "get_compression",
    "register_sampler",
    "request_compression",
]
