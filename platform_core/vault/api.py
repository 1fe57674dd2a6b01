"""Public door of vault: keys and ciphertext, encrypted fields, the object store, signatures."""

from platform_core.vault.blobs import seal, unseal
from platform_core.vault.errors import (
    DataKeyShreddedError,
    DecryptionError,
    MasterKeyError,
    ObjectMissingError,
    ObjectPathError,
    SignatureInvalidError,
    StoreUnavailableError,
    VaultError,
)
from platform_core.vault.fields import EncryptedJSONField, EncryptedTextField
from platform_core.vault.files import open_reader, open_writer, opener
from platform_core.vault.keys import create_data_key, shred
from platform_core.vault.models import DataKey
from platform_core.vault.reader import EncryptedReader
from platform_core.vault.rotation import Rotation, rotate_master_key
from platform_core.vault.sealer import Sealer, sealer
from platform_core.vault.signing import (
    Signature,
    public_keys,
    rotate_signing_key,
    sign,
    verify_signature,
)
from platform_core.vault.store import (
    delete_object,
    delete_objects_below,
    exists,
    list_objects,
    object_size,
)
from platform_core.vault.writer import EncryptedWriter

__all__ = [
    "DataKey",
    "DataKeyShreddedError",
    "DecryptionError",
    "EncryptedJSONField",
    "EncryptedReader",
    "EncryptedTextField",
    "EncryptedWriter",
    "MasterKeyError",
    "ObjectMissingError",
    "ObjectPathError",
    "Rotation",
    "Sealer",
    "Signature",
    "SignatureInvalidError",
    "StoreUnavailableError",
    "VaultError",
    "create_data_key",
    "delete_object",
    "delete_objects_below",
    "exists",
    "list_objects",
    "object_size",
    "open_reader",
    "open_writer",
    "opener",
    "public_keys",
    "rotate_master_key",
    "rotate_signing_key",
    "seal",
    "sealer",
    "shred",
    "sign",
    "unseal",
    "verify_signature",
]
