"""Refusals of the vault."""

from platform_core.errors import InvalidInputError, NotFoundError, PlatformError


class VaultError(PlatformError):
    """Base of the vault's refusals."""

    status = 500
    title = "The vault refused"


class DecryptionError(VaultError):
    """Every failed decryption, whatever the reason.

    One vague error on purpose: telling a wrong key from an altered byte would help whoever alters bytes.
    """

    title = "The data could not be decrypted"

    def __init__(self) -> None:
        super().__init__(
            "The data could not be decrypted.",
            remedy="It was altered, moved, or its key is not the one it was written with; "
            "restore it from a backup.",
        )


class DataKeyShreddedError(VaultError):
    """The data key was destroyed on purpose; what it encrypted is gone for good."""

    status = 410
    title = "The data was destroyed"

    def __init__(self) -> None:
        super().__init__("The key of this data was destroyed, so the data cannot be read again.")


class MasterKeyError(VaultError):
    """The master key is missing, unsafe or malformed."""

    status = 503
    title = "The master key cannot be used"


class SignatureInvalidError(VaultError):
    """The signature does not fit the payload, or its key is unknown."""

    status = 409
    title = "The signature is invalid"


class ObjectPathError(InvalidInputError):
    """An object path is malformed, or points outside its organisation."""


class ObjectMissingError(NotFoundError):
    """No object is stored at the path."""


class StoreUnavailableError(VaultError):
    """The object store does not answer, or refused the request."""

    status = 503
    title = "The object store cannot be reached"
    permanent = False
