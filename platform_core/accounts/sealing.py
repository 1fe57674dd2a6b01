"""Seals second-factor secrets: who reads the database alone cannot compute a person's codes.

The vault stands above this part, so the key is derived from SECRET_KEY, which is kept outside the
database. Changing SECRET_KEY makes people set up their second factor again.
"""

import base64

from cryptography.fernet import Fernet
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings


def seal(text: str) -> str:
    """Encrypt and authenticate a short text."""
    return _box().encrypt(text.encode()).decode()


def unseal(sealed: str) -> str:
    """Return the text that was sealed.

    Raises:
        cryptography.fernet.InvalidToken: the text was changed, or sealed under another SECRET_KEY.
    """
    return _box().decrypt(sealed.encode()).decode()


def _box() -> Fernet:
    kdf = HKDF(hashes.SHA256(), length=32, salt=None, info=b"pentaquark accounts second factor 1")
    return Fernet(base64.urlsafe_b64encode(kdf.derive(settings.SECRET_KEY.encode())))
