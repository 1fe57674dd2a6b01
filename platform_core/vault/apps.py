"""Django registration of the vault part."""

from django.apps import AppConfig


class VaultConfig(AppConfig):
    """Keys and ciphertext: the key hierarchy, encrypted streams, encrypted fields, the object store, signatures."""

    name = "platform_core.vault"
    label = "vault"
