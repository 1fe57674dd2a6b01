"""Refusals of the registry."""

from platform_core.errors import ConflictError, InvalidInputError, NotFoundError, PlatformError


class RegistryError(PlatformError):
    """Base of the registry's refusals."""

    title = "The registry refused"


class ModelNotFoundError(NotFoundError):
    """No such model in this organisation."""


class VersionNotFoundError(NotFoundError):
    """The model has no such version."""


class AliasNotFoundError(NotFoundError):
    """The model has no such alias."""


class ModelNameInvalidError(InvalidInputError):
    """The name does not follow the grammar, or is taken by another application's model."""


class VersionDeletedError(RegistryError):
    """The version was deleted: its key is gone."""

    status = 410
    title = "The model version was deleted"


class VersionInUseError(ConflictError):
    """An alias still points at the version."""


class ApprovalNeededError(ConflictError):
    """The organisation asks for a second person before its champion changes."""

    title = "A second person must approve"


class PromotionRequestNotFoundError(NotFoundError):
    """No such request for this model."""


class PromotionDecidedError(ConflictError):
    """The request was decided already, or by the person who made it."""


class RollbackImpossibleError(ConflictError):
    """The alias has no earlier target that could be used."""


class BundleInvalidError(RegistryError):
    """Signature, checksum or content of a stored bundle is not what was registered."""

    status = 409
    title = "The model bundle is not what was registered"


class AliasInvalidError(InvalidInputError):
    """Not one of the aliases a model can have."""


class ModelFileError(InvalidInputError):
    """A file cannot be taken in as a model."""

    title = "The file is not a model that can be served"


class FactsInvalidError(InvalidInputError):
    """A metric or parameter of a version cannot be written down, or the facts are too many."""
