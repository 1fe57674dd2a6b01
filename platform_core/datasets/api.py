"""Public door of datasets: encrypted, versioned tables.

Reading functions import pyarrow on first use: call them in workers, not in web processes.
"""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from platform_core.datasets.background import use_background
from platform_core.datasets.errors import (
    CleaningRuleError,
    DatasetBusyError,
    DatasetNameTakenError,
    DatasetNotFoundError,
    DatasetNotReadyError,
    FileRejectedError,
    SplitError,
    UploadError,
    UploadMissingError,
    UploadTooLargeError,
)
from platform_core.datasets.models import Dataset, DatasetVersion, Shard, Split
from platform_core.datasets.params import RULES, CleaningRule, Reading, SplitSpec
from platform_core.datasets.receiving import UploadView, received
from platform_core.datasets.resumable import begin as begin_upload
from platform_core.datasets.selectors import (
    current_version,
    datasets,
    datasets_with_versions,
    get_dataset,
    get_split,
    get_version,
    splits,
    versions,
)
from platform_core.datasets.services import (
    create_dataset,
    create_split,
    create_version,
    delete_dataset,
    preview,
)
from platform_core.datasets.splitting import SplitPart, split_part
from platform_core.datasets.uploading import Upload, read_upload, remove_upload, upload_bytes

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = [
    "RULES",
    "CleaningRule",
    "CleaningRuleError",
    "Dataset",
    "DatasetBusyError",
    "DatasetNameTakenError",
    "DatasetNotFoundError",
    "DatasetNotReadyError",
    "DatasetVersion",
    "FileRejectedError",
    "Reading",
    "Shard",
    "Split",
    "SplitError",
    "SplitPart",
    "SplitSpec",
    "Upload",
    "UploadError",
    "UploadMissingError",
    "UploadTooLargeError",
    "UploadView",
    "begin_upload",
    "create_dataset",
    "create_split",
    "create_version",
    "current_version",
    "datasets",
    "datasets_with_versions",
    "delete_dataset",
    "get_dataset",
    "get_split",
    "get_version",
    "iter_batches",
    "preview",
    "read_table",
    "read_upload",
    "received",
    "remove_upload",
    "split_part",
    "splits",
    "upload_bytes",
    "use_background",
    "versions",
]


def iter_batches(
    *,
    version: DatasetVersion,
    columns: Sequence[str] | None = None,
    split: SplitPart | None = None,
) -> "Iterator[pa.RecordBatch]":
    """Yield the rows of a version in order, in bounded batches, decrypting only the columns asked for.

    Raises:
        DatasetNotReadyError: the version is not ready.
        InvalidInputError: a column does not exist; `columns` in extra lists those that do.
        DataKeyShreddedError: the data set was deleted.
    """
    from platform_core.datasets import reading  # noqa: PLC0415  (pyarrow stays out of web processes)

    return reading.iter_batches(version=version, columns=columns, split=split)


def read_table(
    *,
    version: DatasetVersion,
    columns: Sequence[str] | None = None,
    split: SplitPart | None = None,
) -> "pa.Table":
    """Return `iter_batches` as one table; for tables known to fit into memory."""
    from platform_core.datasets import reading  # noqa: PLC0415  (pyarrow stays out of web processes)

    return reading.read_table(version=version, columns=columns, split=split)
