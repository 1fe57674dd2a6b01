"""Django registration of the vault part."""

from django.apps import AppConfig


class VaultConfig(AppConfig):
    """Keys and ciphertext: key hierarchy, encrypted streams and fields, object store, signatures."""

    name = "platform_core.vault"
    label = "vault"
