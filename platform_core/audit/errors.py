"""Refusals of the audit part."""

from platform_core.errors import ConflictError


class EntryImmutableError(ConflictError):
    """Somebody tried to change or delete what the log has recorded."""

    title = "The audit log cannot be changed"

    def __init__(self) -> None:
        super().__init__("Audit entries are only ever added; none is changed or deleted.")
