"""Small secrets in memory: sealed under a data key, bound to a context."""

from collections.abc import Mapping

from platform_core.vault import aead, keys
from platform_core.vault.binding import encode_context
from platform_core.vault.models import DataKey


def seal(*, data_key: DataKey, plaintext: bytes, context: Mapping[str, str]) -> bytes:
    """Encrypt `plaintext`, to be opened only with the same data key and context.

    Raises:
        DataKeyShreddedError: the key was destroyed.
    """
    secret = keys.open_data_key(data_key)
    return aead.seal(secret, plaintext, binding=_binding(data_key, context))


def unseal(*, data_key: DataKey, sealed: bytes, context: Mapping[str, str]) -> bytes:
    """Decrypt what `seal` returned.

    Raises:
        DataKeyShreddedError: the key was destroyed.
        DecryptionError: altered, or another key or context.
    """
    secret = keys.open_data_key(data_key)
    return aead.unseal(secret, sealed, binding=_binding(data_key, context))


def _binding(data_key: DataKey, context: Mapping[str, str]) -> bytes:
    organisation = str(data_key.organisation_id)
    return aead.bind("blob", organisation, str(data_key.pk), encode_context(context))
