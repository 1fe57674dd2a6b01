"""Model files read into bundles. Imported in workers only: each format's library takes seconds."""

from ml.common.bundle import Bundle
from ml.importing import reading
from ml.importing.errors import ImportRefusedError
from ml.importing.options import ImportOptions
from platform_core.registry.errors import ModelFileError


def read(filename: str, content: bytes, *, activation: str, output: str) -> Bundle:
    """Return the bundle of a model file, tried once.

    Raises:
        ModelFileError: with the reason.
    """
    try:
        return reading.read(filename, content, ImportOptions(activation=activation, output=output))
    except ImportRefusedError as error:
        raise ModelFileError(str(error), field="files") from error
