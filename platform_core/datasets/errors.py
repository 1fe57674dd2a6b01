"""Refusals of the datasets part."""

from typing import ClassVar

from platform_core.errors import ConflictError, InvalidInputError, NotFoundError, PlatformError


class DatasetNotFoundError(NotFoundError):
    """No such data set, version or split in the actor's organisation."""


class DatasetNotReadyError(ConflictError):
    """The data set has no version that can be read yet, or the file was rejected."""

    title: ClassVar[str] = "The data set is not ready"


class DatasetDeletedError(PlatformError):
    """The data set was deleted while somebody read it."""

    status: ClassVar[int] = 410
    title: ClassVar[str] = "The data set was deleted"

    def __init__(self, name: str) -> None:
        super().__init__(
            f"The data set “{name}” was deleted while it was being read.",
            remedy="Choose another data set, or upload it again.",
        )


class DatasetNameTakenError(ConflictError):
    """Another data set of the organisation has the name."""


class DatasetBusyError(ConflictError):
    """A version of the data set is being made already."""

    permanent: ClassVar[bool] = False


class CleaningRuleError(InvalidInputError):
    """A cleaning rule is malformed, or does not fit the columns of the data set."""


class SplitError(InvalidInputError):
    """A split cannot be made as asked."""


class UploadError(InvalidInputError):
    """The upload is malformed: no file, too many files, an unknown field."""


class UploadLimitError(ConflictError):
    """The organisation has too many uploads that no data set took."""

    title: ClassVar[str] = "Too many uploads"


class UploadMissingError(NotFoundError):
    """A received file is gone: removed, or left alone for more than a day."""

    title: ClassVar[str] = "The file is gone"


class UploadTooLargeError(PlatformError):
    """A file is larger than the platform takes."""

    status: ClassVar[int] = 413
    title: ClassVar[str] = "The file is too large"


class FileRejectedError(InvalidInputError):
    """A file cannot be read as a table; says which, where, why and how to mend it.

    Attributes:
        reason: what was wrong.
        file: name as uploaded; for archives `archive.zip › member.csv`.
        line: from 1, as an editor counts; None when the place is no line.
        column: from 1: the field of a row, or the character of a line that cannot be decoded or parsed.
    """

    title: ClassVar[str] = "The file was rejected"

    def __init__(
        self,
        reason: str,
        *,
        file: str = "",
        line: int | None = None,
        column: int | None = None,
        remedy: str = "",
    ) -> None:
        place = [f"line {line}"] if line else []
        place += [f"column {column}"] if column else []
        where = ", ".join(([file] if file else []) + place)
        detail = f"{where}: {reason}" if where else reason
        super().__init__(detail, remedy=remedy, reason=reason, file=file, line=line, column=column)
        self.reason, self.file, self.line, self.column = reason, file, line, column
